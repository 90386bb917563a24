/// One thing that the doctor looked at.
package struct Check: Sendable, Equatable, Encodable {
    /// How it is.
    package enum Verdict: String, Sendable, Encodable { case ok, warn, fail }

    /// A word or two, the same on every machine.
    package let name: String
    package let verdict: Verdict
    /// What was found.
    package let finding: String
    /// What to do; absent where nothing is wrong.
    package let remedy: String?

    static func ok(_ name: String, _ finding: String) -> Check {
        Check(name: name, verdict: .ok, finding: finding, remedy: nil)
    }

    static func warn(_ name: String, _ finding: String, _ remedy: String) -> Check {
        Check(name: name, verdict: .warn, finding: finding, remedy: remedy)
    }

    static func fail(_ name: String, _ finding: String, _ remedy: String) -> Check {
        Check(name: name, verdict: .fail, finding: finding, remedy: remedy)
    }
}

/// The result of one of the doctor's checks.
package struct Check: Sendable, Equatable, Encodable {
    package enum Verdict: String, Sendable, Encodable { case ok, warn, fail }

    /// A word or two, the same on every machine.
    package let name: String
    package let verdict: Verdict
    package let finding: String
    /// What to do; `nil` if nothing is wrong.
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

    /// Takes finding and remedy from an error of the form "what is wrong; what to do", as all of ours are.
    static func fail(_ name: String, error: String, otherwise remedy: String) -> Check {
        let parts = error.split(separator: "; ", maxSplits: 1).map(String.init)
        return .fail(name, parts.first ?? error, parts.count > 1 ? parts[1] : remedy)
    }
}

/// Counts the answers that came in by what became of them, for the status and the reports.
package struct AnswerCounts: Sendable, Equatable {
    package var used = 0
    /// Answers to work that was already answered, or that this coordinator never leased.
    package var late = 0
    package var ofOtherRuns = 0
    /// Computed from weights other than those that the lease named.
    package var fromOtherWeights = 0
    /// Answers that report that the work could not be done.
    package var failed = 0
    /// Leases that two workers answered with the same bytes, whether on purpose or not.
    package var confirmed = 0
    /// Answers whose bytes differ from another worker's answer to the same lease.
    package var differing = 0

    package init() {}

    /// The dropped answers and the reasons, for people; `nil` if none were dropped.
    package var dropped: String? {
        let parts = [
            (late, "late"), (ofOtherRuns, "of another run"), (fromOtherWeights, "from other weights"),
            (failed, "failed"), (differing, "with other bytes"),
        ]
        let texts = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return texts.isEmpty ? nil : "answers dropped: " + texts.joined(separator: ", ")
    }
}

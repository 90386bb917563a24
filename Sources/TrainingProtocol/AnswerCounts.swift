/// What became of the answers that came in, for the status and the reports.
package struct AnswerCounts: Sendable, Equatable {
    /// Those that counted.
    package var used = 0
    /// The work was answered before, or never asked for by this coordinator.
    package var late = 0
    /// Another run's.
    package var ofOtherRuns = 0
    /// Computed from other weights than the lease named.
    package var fromOtherWeights = 0
    /// Words that the work could not be done.
    package var failed = 0
    /// Leases that two workers answered with the same bytes, on purpose or not.
    package var confirmed = 0
    /// Answers with other bytes than another worker's to the same lease.
    package var differing = 0

    package init() {}

    /// What was dropped and why, for people; `nil` where nothing was.
    package var dropped: String? {
        let parts = [
            (late, "late"), (ofOtherRuns, "of another run"), (fromOtherWeights, "from other weights"),
            (failed, "failed"), (differing, "with other bytes"),
        ]
        let texts = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return texts.isEmpty ? nil : "answers dropped: " + texts.joined(separator: ", ")
    }
}

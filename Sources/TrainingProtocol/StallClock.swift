/// Notices when the coordinator itself stood still: events normally come at least as often as the timer's.
struct StallClock: Sendable {
    private var lastEvent: Instant?
    private var lastTimer = Instant.zero
    /// What was already noticed since the last timer event.
    private var noticed = Duration.zero

    /// The time before `event` in which nothing was done, if longer than `bound`; this includes time in which
    /// other events were handled but no timer event came.
    mutating func stall(before event: CoordinatorEvent, now: Instant, bound: Duration) -> Duration? {
        let isTimer = if case .timer = event { true } else { false }
        guard let last = lastEvent else {
            (lastEvent, lastTimer) = (now, now)
            return nil
        }
        lastEvent = now
        let gap = isTimer ? now - lastTimer - noticed : now - last
        let stall = gap > bound ? gap : nil
        noticed = isTimer ? .zero : noticed + (stall ?? .zero)
        if isTimer { lastTimer = now }
        return stall
    }
}

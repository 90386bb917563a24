import WireMessages

extension LeaseTimes {
    func since(_ earlier: LeaseTimes) -> LeaseTimes {
        var times = self
        times.fetching -= earlier.fetching
        times.decoding -= earlier.decoding
        times.extraction -= earlier.extraction
        times.head -= earlier.head
        return times
    }

    /// Attributes the part of `seconds` that was not measured separately to the main activity of such a
    /// lease.
    mutating func addRest(of seconds: Double, spentOn kind: LeaseKind) {
        let rest = max(0, seconds - total)
        switch kind {
        case .check: decoding += rest
        case .extract: extraction += rest
        case .evaluate, .gradient: head += rest
        }
    }
}

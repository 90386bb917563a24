import WireMessages

extension LeaseTimes {
    /// What was added since `earlier`.
    func since(_ earlier: LeaseTimes) -> LeaseTimes {
        var times = self
        times.fetching -= earlier.fetching
        times.decoding -= earlier.decoding
        times.extraction -= earlier.extraction
        times.head -= earlier.head
        return times
    }

    /// Puts what was not measured apart, of `seconds`, to what a lease of this kind is for.
    mutating func addRest(of seconds: Double, spentOn kind: LeaseKind) {
        let rest = max(0, seconds - total)
        switch kind {
        case .check: decoding += rest
        case .extract: extraction += rest
        case .evaluate, .gradient: head += rest
        }
    }
}

/// Where the time of a lease went, in seconds of the thread that did it: what ran beside it on other threads
/// counts only where it was waited for.
package struct LeaseTimes: Sendable, Hashable {
    /// Getting pictures' bytes: from the disk, the cache or the coordinator.
    package var fetching = 0.0
    /// Decoding, resizing and augmenting.
    package var decoding = 0.0
    /// The backbone, and features encoded or found in the store.
    package var extraction = 0.0
    /// Losses and gradients.
    package var head = 0.0

    package init() {}

    /// All of it.
    package var total: Double { fetching + decoding + extraction + head }

    /// Adds another lease's.
    package static func += (sum: inout LeaseTimes, times: LeaseTimes) {
        sum.fetching += times.fetching
        sum.decoding += times.decoding
        sum.extraction += times.extraction
        sum.head += times.head
    }
}

extension ProtoLeaseTimes {
    init(_ times: LeaseTimes) {
        self.init()
        fetching = times.fetching
        decoding = times.decoding
        extraction = times.extraction
        head = times.head
    }
}

extension LeaseTimes {
    init(_ times: ProtoLeaseTimes, _ reader: MessageReader) throws(WireError) {
        fetching = try reader.finite(times.fetching, "seconds of fetching")
        decoding = try reader.finite(times.decoding, "seconds of decoding")
        extraction = try reader.finite(times.extraction, "seconds of extraction")
        head = try reader.finite(times.head, "seconds of the head")
    }
}

/// How long the parts of a lease took, in seconds of the thread that did it. Work on other threads counts
/// only while that thread waited for it.
package struct LeaseTimes: Sendable, Hashable {
    /// Getting pictures' bytes from the disk, the cache or the coordinator.
    package var fetching = 0.0
    /// Decoding, resizing and augmenting.
    package var decoding = 0.0
    /// The backbone, and features encoded or found in the store.
    package var extraction = 0.0
    /// Losses and gradients.
    package var head = 0.0

    package init() {}

    package var total: Double { fetching + decoding + extraction + head }

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

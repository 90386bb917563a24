/// A moment on a monotonic clock that the owner of a state machine reads; the machines only compare and
/// subtract.
package struct Instant: Sendable, Hashable, Comparable {
    /// Time since an origin that is the same for all instants of one machine.
    package let sinceOrigin: Duration

    package init(_ sinceOrigin: Duration) { self.sinceOrigin = sinceOrigin }

    package static let zero = Instant(.zero)

    package static func < (left: Instant, right: Instant) -> Bool { left.sinceOrigin < right.sinceOrigin }
    package static func - (left: Instant, right: Instant) -> Duration { left.sinceOrigin - right.sinceOrigin }
    package static func + (left: Instant, right: Duration) -> Instant { Instant(left.sinceOrigin + right) }
}

extension Duration {
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}

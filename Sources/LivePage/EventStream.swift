import FlyingFox
import FlyingSocks

/// Server-sent events: first every part of the page, then each part that has changed, and a keep-alive if
/// none has.
struct EventStream: AsyncBufferedSequence {
    typealias Element = UInt8

    private let slot: StreamSlot

    /// - Parameter slot: frees its place when the connection ends for any reason.
    init(_ slot: StreamSlot) { self.slot = slot }

    func makeAsyncIterator() -> Iterator { Iterator(slot: slot) }

    /// The state of one connection.
    struct Iterator: AsyncBufferedIteratorProtocol {
        /// How often it checks for changes.
        private static let interval = Duration.milliseconds(500)
        /// Checks without a change before a keep-alive, which detects a lost connection.
        private static let quietLooks = 30

        fileprivate let slot: StreamSlot
        private var version: Int?
        private var sent: [LiveSnapshot.Section: String] = [:]
        private var hasEnded = false

        fileprivate init(slot: StreamSlot) { self.slot = slot }

        /// Bytes come as whole events, from `nextBuffer`.
        mutating func next() async throws -> UInt8? { nil }

        mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
            guard !hasEnded else { return nil }
            for _ in 0..<Self.quietLooks {
                if slot.state.version != version {
                    let text = news()
                    if !text.isEmpty { return Array(text.utf8) }
                }
                try await Task.sleep(for: Self.interval)
            }
            return Array(": still here\n\n".utf8)
        }

        private mutating func news() -> String {
            let moment = slot.state.moment
            version = moment.version
            var text = ""
            for (section, markup) in moment.sections where sent[section] != markup {
                sent[section] = markup
                text += Self.event(section.rawValue, data: markup)
            }
            if moment.snapshot.end != nil {
                hasEnded = true
                text += Self.event("end", data: "")
            }
            return text
        }

        private static func event(_ name: String, data: String) -> String {
            let lines = data.split(separator: "\n", omittingEmptySubsequences: false)
            return "event: \(name)\n" + lines.map { "data: \($0)\n" }.joined() + "\n"
        }
    }
}

/// A place among the streams, freed when this value is released.
final class StreamSlot: Sendable {
    let state: LivePageState

    /// `nil` if all places are taken.
    init?(_ state: LivePageState) {
        guard state.openStream() else { return nil }
        self.state = state
    }

    deinit { state.closeStream() }
}

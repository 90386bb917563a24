import Synchronization
import TrainingReports

/// The latest snapshot of a run, for any number of readers: each reads it when it is ready, so a slow reader
/// has no queue and doesn't slow the run.
package final class LivePageState: Sendable {
    /// A snapshot, and its parts as they are sent.
    struct Moment: Sendable {
        let snapshot: LiveSnapshot
        let version: Int
        let sections: [(section: LiveSnapshot.Section, text: String)]
    }

    private struct State {
        var snapshot: LiveSnapshot
        var version = 0
        /// Made on first use.
        var moment: Moment?
        var streams = 0
    }

    private let state: Mutex<State>

    /// The most event streams at a time.
    static let streamsAtMost = 16

    package init(_ snapshot: LiveSnapshot) { state = Mutex(State(snapshot: snapshot)) }

    package func update(_ snapshot: LiveSnapshot) {
        state.withLock { state in
            state.snapshot = snapshot
            state.version += 1
            state.moment = nil
        }
    }

    /// Whether anyone is watching the page.
    package var isWatched: Bool { state.withLock { $0.streams > 0 } }

    package var snapshot: LiveSnapshot { state.withLock { $0.snapshot } }

    var version: Int { state.withLock { $0.version } }

    /// The latest snapshot with its parts.
    var moment: Moment {
        state.withLock { state in
            if let moment = state.moment { return moment }
            let snapshot = state.snapshot
            let moment = Moment(
                snapshot: snapshot, version: state.version,
                sections: LiveSnapshot.Section.allCases.map { ($0, snapshot.markup(of: $0).text) })
            state.moment = moment
            return moment
        }
    }

    /// Adds a stream; `false` if there are too many.
    func openStream() -> Bool {
        state.withLock { state in
            guard state.streams < Self.streamsAtMost else { return false }
            state.streams += 1
            return true
        }
    }

    func closeStream() { state.withLock { $0.streams -= 1 } }
}

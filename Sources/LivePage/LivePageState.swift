import Synchronization
import TrainingReports

/// The newest moment of a run, for any number of readers: each reads it when it is ready, so a slow reader
/// has no queue and costs the run nothing.
package final class LivePageState: Sendable {
    /// A moment and its parts as they are sent.
    struct Moment: Sendable {
        let snapshot: LiveSnapshot
        let version: Int
        let sections: [(section: LiveSnapshot.Section, text: String)]
    }

    private struct State {
        var snapshot: LiveSnapshot
        var version = 0
        /// Made when it is first asked for.
        var moment: Moment?
        var streams = 0
    }

    private let state: Mutex<State>

    /// Streams of events at a time.
    static let streamsAtMost = 16

    package init(_ snapshot: LiveSnapshot) { state = Mutex(State(snapshot: snapshot)) }

    /// Shows a newer moment.
    package func update(_ snapshot: LiveSnapshot) {
        state.withLock { state in
            state.snapshot = snapshot
            state.version += 1
            state.moment = nil
        }
    }

    /// Whether somebody looks at the page.
    package var isWatched: Bool { state.withLock { $0.streams > 0 } }

    /// The newest moment.
    package var snapshot: LiveSnapshot { state.withLock { $0.snapshot } }

    var version: Int { state.withLock { $0.version } }

    /// The newest moment with its parts.
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

    /// Counts a stream in; false when there are enough.
    func openStream() -> Bool {
        state.withLock { state in
            guard state.streams < Self.streamsAtMost else { return false }
            state.streams += 1
            return true
        }
    }

    func closeStream() { state.withLock { $0.streams -= 1 } }
}

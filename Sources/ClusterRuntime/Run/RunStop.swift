import Synchronization

/// Asks a run to save its state and end; from any thread, before it begins or while it goes on.
package final class RunStop: Sendable {
    private struct State {
        var isRequested = false
        var tell: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Not asked for yet.
    package init() {}

    /// Asks for it.
    package func request() {
        let tell = state.withLock { state in
            state.isRequested = true
            return state.tell
        }
        tell?()
    }

    /// Takes what tells the run; called at once if it was asked for already.
    func attach(_ tell: @escaping @Sendable () -> Void) {
        let isRequested = state.withLock { state in
            state.tell = tell
            return state.isRequested
        }
        if isRequested { tell() }
    }
}

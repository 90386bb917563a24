import Synchronization

/// Asks a run to save its state and end; may be used from any thread, before and during the run.
package final class RunStop: Sendable {
    private struct State {
        var isRequested = false
        var tell: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    package func request() {
        let tell = state.withLock { state in
            state.isRequested = true
            return state.tell
        }
        tell?()
    }

    /// Sets the closure that tells the run; it is called at once if the stop was requested already.
    func attach(_ tell: @escaping @Sendable () -> Void) {
        let isRequested = state.withLock { state in
            state.tell = tell
            return state.isRequested
        }
        if isRequested { tell() }
    }
}

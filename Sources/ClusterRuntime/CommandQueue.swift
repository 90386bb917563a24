import Foundation
import Synchronization

/// A thread that executes queued commands one after the other; it owns the objects that they work on.
///
/// The queue itself is unbounded; the state machines limit the leases and steps in flight.
final class CommandQueue<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    /// Starts the thread; `makeHandler` runs on it and creates the objects that the commands work on.
    init(name: String, makeHandler: @escaping @Sendable () -> (Command) -> Void) {
        let thread = Thread { [self] in
            let handle = makeHandler()
            while let command = next() { handle(command) }
            finished.signal()
        }
        thread.name = name
        thread.stackSize = Self.stackBytes
        thread.start()
    }

    /// Room for the deepest decoder and the kernels' tile buffers on the stack.
    private static var stackBytes: Int { 8 << 20 }

    func post(_ command: Command) {
        state.withLock { $0.commands.append(command) }
        arrivals.signal()
    }

    /// Drops the commands that have not begun and for which `shouldDrop` holds.
    func drop(where shouldDrop: (Command) -> Bool) {
        state.withLock { $0.commands.removeAll(where: shouldDrop) }
    }

    /// Waits until the thread has executed the queued commands and ended.
    func close() {
        state.withLock { $0.isClosed = true }
        arrivals.signal()
        finished.wait()
    }

    private func next() -> Command? {
        while true {
            arrivals.wait()
            let (command, isOver) = state.withLock { state -> (Command?, Bool) in
                if !state.commands.isEmpty { return (state.commands.removeFirst(), false) }
                return (nil, state.isClosed)
            }
            if let command { return command }
            if isOver { return nil }
        }
    }
}

import Foundation
import Synchronization

/// A thread with a queue of commands that it does one after the other; it owns what the commands work on.
///
/// The bound on the queue is the protocol's: leases and steps under way are limited by the state machines.
final class CommandQueue<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let arrivals = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)

    /// Starts the thread; `makeHandler` runs on it and makes what the commands work on.
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

    /// Lets the thread finish what is queued and end; waits until it has.
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

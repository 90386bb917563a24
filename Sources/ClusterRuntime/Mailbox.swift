import Synchronization
import ZeroMQTransport

/// Messages to a thread that waits in its socket poller: any thread posts them, and the owner takes them when
/// it wakes.
final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let wakeup: Wakeup

    /// - Parameter wakeup: wakes the owner's poller.
    init(wakeup: Wakeup) { self.wakeup = wakeup }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        wakeup.signal()
    }

    /// Removes and returns all messages, in order.
    func drain() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}

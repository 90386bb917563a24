import Synchronization
import ZeroMQTransport

/// Messages to a thread that sleeps in its socket poller: any thread posts, the owner empties it when it
/// wakes.
final class Mailbox<Message: Sendable>: Sendable {
    private let messages = Mutex<[Message]>([])
    private let wakeup: Wakeup

    /// - Parameter wakeup: what the owner's poller listens to.
    init(wakeup: Wakeup) { self.wakeup = wakeup }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        wakeup.signal()
    }

    /// All that was posted, in order.
    func drain() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}

import CZeroMQ
import Glibc
import Synchronization

/// Wakes a thread that waits in a `SocketPoller`, from any thread; several signals in a row wake it once.
package final class Wakeup: Sendable {
    let descriptor: Int32
    private let isPending = Atomic<Bool>(false)

    package init() throws(TransportError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else {
            throw errno == EMFILE ? .tooManySockets : .failed(operation: "eventfd", code: errno)
        }
    }

    deinit { close(descriptor) }

    /// Wakes the waiting thread, or makes its next wait return at once. Cheap if a wakeup is pending already.
    package func signal() {
        guard !isPending.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // It can't fail: the counter is 0 or 1.
        eventfd_write(descriptor, 1)
    }

    /// Takes the pending signals; returns whether there were any. The counter is read first: a signal in
    /// between finds `isPending` set and adds nothing, but this thread checks its queues after this call
    /// anyway.
    func consume() -> Bool {
        var count: eventfd_t = 0
        guard eventfd_read(descriptor, &count) == 0 else { return false }
        isPending.store(false, ordering: .sequentiallyConsistent)
        return true
    }
}

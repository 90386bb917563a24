import Glibc

/// Asserts that a socket stays on the thread that created it: libzmq's sockets have no locks, and two threads
/// using one corrupt it silently.
struct ThreadConfinement {
    private let owner = pthread_self()

    func assertOwned() {
        precondition(pthread_equal(owner, pthread_self()) != 0, "a socket was used outside its thread")
    }
}

import Glibc

/// Asserts that a socket stays on the thread that made it: libzmq's sockets have no locks, and two threads in
/// one socket corrupt it without a word.
struct ThreadConfinement {
    private let owner = pthread_self()

    func assertOwned() {
        precondition(pthread_equal(owner, pthread_self()) != 0, "a socket was used outside its thread")
    }
}

import Dispatch
import Glibc

/// Turns SIGINT, SIGTERM and SIGHUP into calls, while it lives.
package final class SignalWatch {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter onSignal: called on a private queue with the signal's number and how many have come, so
    ///   that a second Ctrl-C can be taken as impatience.
    package init(
        _ signals: [Int32] = [SIGINT, SIGTERM, SIGHUP], onSignal: @escaping @Sendable (Int32) -> Void
    ) {
        let queue = DispatchQueue(label: "signals")
        sources = signals.map { number in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { onSignal(number) }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}

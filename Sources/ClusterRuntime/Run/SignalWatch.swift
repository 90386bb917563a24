import Dispatch
import Glibc

/// Calls a closure for signals, as long as this value exists.
package final class SignalWatch {
    /// Signals that ask a process to end in order.
    package static let ending = [SIGINT, SIGTERM, SIGHUP]

    /// Whether this process is to outlive its terminal, as under nohup. Read before the first watch changes
    /// it.
    private static let isUnderNohup: Bool = {
        var action = sigaction()
        sigaction(SIGHUP, nil, &action)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }()

    private let sources: [any DispatchSourceSignal]

    /// - Parameter onSignal: called on a private queue with the signal's number.
    package init(
        _ signals: [Int32] = SignalWatch.ending, onSignal: @escaping @Sendable (Int32) -> Void
    ) {
        let queue = DispatchQueue(label: "signals")
        let isUnderNohup = Self.isUnderNohup
        sources = signals.filter { $0 != SIGHUP || !isUnderNohup }.map { number in
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

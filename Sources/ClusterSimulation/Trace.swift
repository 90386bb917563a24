import TrainingProtocol
import WireMessages

/// A digest of all events, which must be equal for two runs of a seed, and on demand lines for people.
struct Trace {
    private(set) var digest = Mixing()
    private(set) var lines: [String] = []
    private let keepsLines: Bool

    init(keepsLines: Bool) { self.keepsLines = keepsLines }

    /// Notes an event: the numbers go into the digest; `text` is only for people.
    mutating func note(
        _ time: SimulatedTime, _ first: Int, _ second: Int = 0, _ third: Int = 0,
        text: @autoclosure () -> String
    ) {
        digest.add(Int(time))
        digest.add(first)
        digest.add(second)
        digest.add(third)
        if keepsLines { lines.append("\(Self.clock(time))  \(text())") }
    }

    /// Seconds with three decimals, in a column.
    private static func clock(_ time: SimulatedTime) -> String {
        let milliseconds = String(time / .millisecond % 1000 + 1000).dropFirst()
        let text = "\(time / .second).\(milliseconds)"
        return String(repeating: " ", count: max(0, 9 - text.count)) + text
    }
}

extension WorkerMessage {
    /// A short description, for traces.
    var summary: String {
        switch self {
        case .hello(let hello): "hello of \(hello.workerID)"
        case .ready(let slots): "ready for \(slots)"
        case .result(let result):
            if case .failed(let reason) = result.outcome {
                "no answer to \(result.id): \(reason)"
            } else {
                "answer to \(result.id)"
            }
        case .contentRequest: "request for content"
        case .heartbeat: "heartbeat"
        case .leaving(let reason): "leaving: \(reason)"
        }
    }

    /// A number for the digest of a trace.
    var code: Int {
        switch self {
        case .hello: 1
        case .ready: 2
        case .result(let result): 16 + result.id.code
        case .contentRequest: 4
        case .heartbeat: 5
        case .leaving: 6
        }
    }
}

extension CoordinatorMessage {
    /// A short description, for traces.
    var summary: String {
        switch self {
        case .welcome(let welcome): "welcome, worker \(welcome.workerNumber)"
        case .refused(let reason): "refused: \(reason)"
        case .lease(let lease): "lease \(lease.id)"
        case .weights(let weights): "weights of step \(weights.step)"
        case .contentPiece: "content"
        case .heartbeat: "heartbeat"
        case .goodbye(let reason, let final): "goodbye\(final ? " for good" : ""): \(reason)"
        case .preparing: "preparing"
        }
    }

    /// A number for the digest of a trace.
    var code: Int {
        switch self {
        case .welcome: 7
        case .refused: 8
        case .lease(let lease): 16 + lease.id.code
        case .weights(let weights): 9 + 16 * weights.step
        case .contentPiece: 10
        case .heartbeat: 11
        case .goodbye: 12
        case .preparing: 13
        }
    }
}

extension LeaseID {
    /// A number that differs from those of other leases.
    var code: Int { (Int(kind.rawValue) << 40) + (step << 16) + chunk }
}

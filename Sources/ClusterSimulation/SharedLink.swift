import WireMessages

/// The sizes in bytes that the planner assumes for messages.
package struct MessageSizes: Sendable {
    /// One picture's encoded features, without zeros.
    package var features = 40_000
    package var hiddenUnits = 256
    package var classes = 2
    /// One sample in a lease: the picture's name, not its bytes.
    var sample = 60
    var header = 120

    package init() {}

    var outputLayers: Int { 4 * (hiddenUnits + (hiddenUnits + 1) * classes) }
    var head: Int { 4 * 25_088 * hiddenUnits + outputLayers }
}

/// The coordinator's network: both directions at full speed, with one message after the other in each.
struct SharedLink {
    let bytesPerSecond: Double
    let latency: SimulatedTime
    let sizes: MessageSizes
    private(set) var bytesUp = 0
    private(set) var bytesDown = 0
    private var upIsFree: SimulatedTime = 0
    private var downIsFree: SimulatedTime = 0

    init(bytesPerSecond: Double, latency: SimulatedTime, sizes: MessageSizes) {
        self.bytesPerSecond = bytesPerSecond
        self.latency = latency
        self.sizes = sizes
    }

    /// When a message that is sent now has arrived completely.
    mutating func arrival(of byteCount: Int, isUp: Bool, now: SimulatedTime) -> SimulatedTime {
        let duration = SimulatedTime(Double(byteCount) / bytesPerSecond * 1e9)
        if isUp {
            bytesUp += byteCount
            upIsFree = max(upIsFree, now) + duration
            return upIsFree + latency
        }
        bytesDown += byteCount
        downIsFree = max(downIsFree, now) + duration
        return downIsFree + latency
    }
}

extension WorkerMessage {
    /// About how many bytes it takes on the wire.
    func estimatedByteCount(_ sizes: MessageSizes) -> Int {
        guard case .result(let result) = self else { return sizes.header }
        let body =
            switch result.outcome {
            case .extracted(let encoded): encoded.count * sizes.features
            case .factorGradient(let gradient):
                4 * gradient.scores.count * (sizes.hiddenUnits + sizes.classes + 2)
            case .denseGradient: sizes.head
            case .evaluated(let scores): 8 * scores.count
            case .checked(let reasons): 4 * reasons.count
            case .failed: 0
            }
        return sizes.header + body
    }
}

extension CoordinatorMessage {
    /// About how many bytes it takes on the wire.
    func estimatedByteCount(_ sizes: MessageSizes) -> Int {
        switch self {
        case .weights: return sizes.header + sizes.head
        case .lease(let lease):
            let body =
                switch lease.work {
                case .check(let samples), .extract(let samples, _), .denseGradient(let samples, _, _),
                    .evaluate(let samples, _):
                    samples.count * sizes.sample
                case .factorGradient(let work):
                    4 * work.labels.count * (sizes.hiddenUnits + 1) + sizes.outputLayers
                }
            return sizes.header + body
        case .welcome, .refused, .contentPiece, .heartbeat, .goodbye, .preparing:
            return sizes.header
        }
    }
}

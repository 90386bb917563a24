import ExactArithmetic

/// Which samples a step has and how they are cut into chunks: a pure function of the seed and the sizes.
///
/// Steps are numbered from the start of the run; epochs and chunks from zero. Nothing here depends on
/// workers.
package struct TrainingSchedule: Sendable, Equatable {
    /// The most samples in a chunk. It is part of the arithmetic: a step's gradient is a sum over chunks.
    package static let chunkSize = 8

    package let sampleCount: Int
    package let batchSize: Int
    package let epochs: Int
    package let seed: UInt64

    package init(sampleCount: Int, batchSize: Int, epochs: Int, seed: UInt64) {
        precondition(sampleCount > 0 && batchSize > 0 && epochs > 0)
        self.sampleCount = sampleCount
        self.batchSize = batchSize
        self.epochs = epochs
        self.seed = seed
    }

    package var stepsPerEpoch: Int { (sampleCount + batchSize - 1) / batchSize }
    package var stepCount: Int { stepsPerEpoch * epochs }

    package func epoch(ofStep step: Int) -> Int { step / stepsPerEpoch }

    /// Whether `step` is the last of its epoch.
    package func endsEpoch(_ step: Int) -> Bool { (step + 1) % stepsPerEpoch == 0 }

    /// The order of an epoch: a permutation of 0..<sampleCount keyed by (seed, epoch).
    package func order(epoch: Int) -> [Int] {
        var generator = CounterBasedGenerator(seed: seed, purpose: .epochOrder, epoch: UInt32(epoch))
        return generator.permutation(count: sampleCount)
    }

    /// The places in the epoch's order that `step` takes; the last batch of an epoch may be short.
    package func places(ofStep step: Int) -> Range<Int> {
        let first = step % stepsPerEpoch * batchSize
        return first..<min(first + batchSize, sampleCount)
    }

    package func chunkCount(ofStep step: Int) -> Int {
        (places(ofStep: step).count + Self.chunkSize - 1) / Self.chunkSize
    }

    /// The places in the epoch's order that a chunk takes.
    package func places(ofChunk chunk: Int, step: Int) -> Range<Int> {
        let places = places(ofStep: step)
        let first = places.lowerBound + chunk * Self.chunkSize
        return first..<min(first + Self.chunkSize, places.upperBound)
    }
}

/// The orders of the epochs in use, created on first use; old ones are dropped.
struct EpochOrders: Sendable {
    private let schedule: TrainingSchedule
    private var orders: [(epoch: Int, order: [Int])] = []

    init(_ schedule: TrainingSchedule) { self.schedule = schedule }

    /// The sample indices of a chunk, in order.
    mutating func samples(ofChunk chunk: Int, step: Int) -> ArraySlice<Int> {
        order(schedule.epoch(ofStep: step))[schedule.places(ofChunk: chunk, step: step)]
    }

    /// The sample indices of a step, in order.
    mutating func samples(ofStep step: Int) -> ArraySlice<Int> {
        order(schedule.epoch(ofStep: step))[schedule.places(ofStep: step)]
    }

    private mutating func order(_ epoch: Int) -> [Int] {
        if let known = orders.first(where: { $0.epoch == epoch }) { return known.order }
        let order = schedule.order(epoch: epoch)
        orders.append((epoch, order))
        if orders.count > Self.kept { orders.removeFirst() }
        return order
    }

    /// Enough for the current epoch and those of the look-ahead, which may span several if the data set is
    /// small.
    private static let kept = 4
}

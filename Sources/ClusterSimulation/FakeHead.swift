import TrainingProtocol
import WireMessages

/// A head's state between steps, as saved in a checkpoint.
struct FakeHeadState: Sendable, Equatable {
    var step = 0
    var value = FakeArithmetic.untrained
    /// How often each sample was counted in the unfinished epoch, for checking.
    var counted: [UInt8]
    /// Leases whose answers went into the state and are false.
    var lies: Set<LeaseID> = []
}

/// The coordinator's head with fake arithmetic, which checks every request.
struct FakeHead {
    private(set) var state: FakeHeadState
    var reference: ReferenceRun
    /// False answers among the kept features, by the step that first uses them.
    private var keptLies: [Int: Set<LeaseID>] = [:]
    private let keepsFeatures: Bool
    private var kept: [Int: UInt64] = [:]
    private var byStep: [Int: [Int: UInt64]] = [:]

    init(_ state: FakeHeadState, reference: ReferenceRun, configuration: CoordinatorConfiguration) {
        self.state = state
        self.reference = reference
        keepsFeatures = configuration.keepsFeatures
    }

    mutating func keep(step: Int, samples: [Int], encoded: [UInt64]) {
        for (sample, features) in zip(samples, encoded) {
            if keepsFeatures {
                kept[sample] = features
            } else {
                byStep[step, default: [:]][sample] = features
            }
        }
    }

    /// Notes whether the kept features of a lease are false.
    mutating func note(_ id: LeaseID, isLie: Bool) {
        if isLie { keptLies[id.step, default: []].insert(id) } else { keptLies[id.step]?.remove(id) }
    }

    /// Starts over with other samples.
    mutating func forget(counted: [UInt8]) { state.counted = counted }

    /// Notes false answers that went into the state or the run's history.
    mutating func note(_ lies: some Sequence<LeaseID>) { state.lies.formUnion(lies) }

    /// The sums of a step, by chunk.
    func sums(of next: StepSamples) throws(Violation) -> [FactorGradientWork] {
        guard reference.samples.indices.contains(next.step), next.samples == reference.samples[next.step],
            next.step == state.step
        else { throw .wrongSums(step: next.step) }
        var works: [FactorGradientWork] = []
        for first in stride(from: 0, to: next.samples.count, by: TrainingSchedule.chunkSize) {
            let places = first..<min(first + TrainingSchedule.chunkSize, next.samples.count)
            let features = try features(of: next.samples[places], step: next.step)
            works.append(
                FactorGradientWork(
                    labels: Array(next.labels[places]), samplesInStep: next.samples.count,
                    preactivations: FakeArithmetic.tensor(
                        FakeArithmetic.sums(head: state.value, features: features)),
                    outputLayers: FakeArithmetic.tensor(state.value)))
        }
        return works
    }

    /// Applies the update after checking that it is the one that is due.
    mutating func apply(_ update: StepUpdate) throws(Violation) {
        guard update.step == state.step else {
            throw .wrongStep(applied: update.step, expected: state.step)
        }
        // The run continues after the step at which it should have ended.
        guard update.step < reference.samples.count else { throw .endsDiffer }
        let epoch = reference.schedule.epoch(ofStep: update.step)
        if update.step % reference.schedule.stepsPerEpoch == 0 {
            state.counted = Array(repeating: 0, count: state.counted.count)
        }
        var kernelGradients: [UInt64] = []
        for chunk in update.chunks {
            for sample in chunk.samples {
                guard state.counted[sample] == 0 else {
                    throw .countedTwice(sample: sample, epoch: epoch)
                }
                state.counted[sample] = 1
            }
            switch chunk.outcome {
            case .factorGradient(let gradient):
                kernelGradients.append(
                    FakeArithmetic.kernelGradient(
                        gradient: FakeArithmetic.word(of: gradient.outputDelta),
                        features: try features(of: chunk.samples[...], step: update.step)))
            case .denseGradient(let kernel, _): kernelGradients.append(FakeArithmetic.word(of: kernel))
            case .checked, .extracted, .evaluated, .failed: throw .wrongHead(step: update.step)
            }
        }
        if reference.schedule.endsEpoch(update.step), let missed = state.counted.firstIndex(of: 0) {
            throw .notCounted(sample: missed, epoch: epoch)
        }
        guard update.chunks.flatMap(\.samples) == reference.samples[update.step] else {
            throw .wrongSamples(step: update.step)
        }
        state.value = FakeArithmetic.updated(
            head: state.value, step: update.step, kernelGradients: kernelGradients)
        state.step += 1
        byStep[update.step] = nil
        if let lies = keptLies.removeValue(forKey: update.step) { state.lies.formUnion(lies) }
        guard state.value == reference.heads[state.step] || !state.lies.isEmpty else {
            throw .wrongHead(step: update.step)
        }
    }

    private func features(of samples: ArraySlice<Int>, step: Int) throws(Violation) -> [UInt64] {
        var found: [UInt64] = []
        for sample in samples {
            guard let features = keepsFeatures ? kept[sample] : byStep[step]?[sample] else {
                throw .missingFeatures(step: step, sample: sample)
            }
            found.append(features)
        }
        return found
    }
}

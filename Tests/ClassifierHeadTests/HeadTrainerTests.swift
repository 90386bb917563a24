import CKernels
import ExactArithmetic
import TestSupport
import Testing

@testable import ClassifierHead

struct HeadTrainerTests {
    private static let shape = HeadShape(featureCount: 1100, hiddenUnits: 37, classCount: 5)

    /// Four steps with batches of different sizes, the last one short.
    private static let batches = [32, 32, 19, 5].enumerated().map {
        HeadSamples(shape: shape, count: $1, seed: UInt64($0))
    }

    private static func train(
        shape: HeadShape = shape, batches: [HeadSamples] = batches, kernels: KernelSet = anyKernels,
        threads: Int = 1,
        usesFactors: Bool = true
    ) -> HeadSnapshot {
        let run = HeadTrainingRun(.initial(shape: shape, seed: 1), kernels: kernels, threads: threads)
        for batch in batches {
            if usesFactors { run.factorStep(batch) } else { run.denseStep(batch) }
        }
        return run.trainer.snapshot()
    }

    @Test(
        "factors and dense gradients give the same bits", arguments: [1, 5, 16, 100, 256], [2, 3, 41, 1000])
    func bothFormsAgree(hiddenUnits: Int, classCount: Int) {
        let shape = HeadShape(featureCount: 130, hiddenUnits: hiddenUnits, classCount: classCount)
        let batches = [20, 9].map { HeadSamples(shape: shape, count: $0, seed: UInt64($0)) }
        let factors = Self.train(shape: shape, batches: batches)
        #expect(factors.digest == Self.train(shape: shape, batches: batches, usesFactors: false).digest)
        for kernels in supportedKernels {
            #expect(factors.digest == Self.train(shape: shape, batches: batches, kernels: kernels).digest)
        }
    }

    @Test(
        "the number of threads and the kernels change no bit of a training", arguments: 1...3,
        supportedKernels)
    func threadsAndKernelsChangeNothing(threads: Int, kernels: KernelSet) {
        let reference = Self.train()
        #expect(Self.train(kernels: kernels, threads: threads).digest == reference.digest)
        #expect(Self.train(kernels: kernels, threads: threads, usesFactors: false).digest == reference.digest)
    }

    @Test("the sums that an update returns are those of the next step", arguments: supportedKernels)
    func returnedSumsAreTheNextSteps(kernels: KernelSet) throws {
        let run = HeadTrainingRun(.initial(shape: Self.shape, seed: 1), kernels: kernels, threads: 2)
        var sums = run.trainer.preactivations(of: Self.batches[0].features)
        for (batch, next) in zip(Self.batches, Self.batches.dropFirst()) {
            sums = try #require(run.factorStep(batch, sums: sums, next: next).next)
            expectSame(sums, run.trainer.preactivations(of: next.features))
            expectSame(
                sums,
                run.trainer.parameters.preactivations(of: next.features, threads: 1, kernels: kernels))
        }
        #expect(run.factorStep(Self.batches[3], sums: sums).next == nil)
        #expect(run.trainer.snapshot().digest == Self.train().digest)
    }

    @Test(
        "how the features are spread over zeros changes no rule: all, none, or half of them",
        arguments: [0, 0.5, 1])
    func zerosAreSkipped(zeros: Double) {
        let batches = [HeadSamples(shape: Self.shape, count: 12, zeros: zeros)]
        let factors = Self.train(batches: batches)
        #expect(factors.digest == Self.train(batches: batches, usesFactors: false).digest)
        if zeros == 1 {
            expectSame(factors.parameters.kernel, HeadParameters.initial(shape: Self.shape, seed: 1).kernel)
            #expect(factors.firstMoments.kernel.allSatisfy { $0 == 0 })
        }
    }

    @Test("the cut into chunks is part of the result, as the contract fixes it")
    func chunksAreSummedApart() {
        let run = HeadTrainingRun(.initial(shape: Self.shape, seed: 1))
        let batch = Self.batches[0]
        let sums = run.trainer.preactivations(of: batch.features)
        let whole = HeadChunk.gradient(
            preactivations: sums, labels: batch.labels, samplesInStep: 32,
            outputLayers: run.trainer.outputLayers,
            shape: Self.shape, kernels: anyKernels)
        _ = run.trainer.applyFactors([(batch.features, whole)], next: nil)
        #expect(run.trainer.snapshot().digest != Self.train(batches: [batch]).digest)
    }

    @Test("a restored trainer goes on with the same bits")
    func restoredTrainersGoOn() throws {
        let run = HeadTrainingRun(.initial(shape: Self.shape, seed: 1))
        run.factorStep(Self.batches[0])
        run.factorStep(Self.batches[1])
        let snapshot = run.trainer.snapshot()
        #expect(snapshot.updates == 2)
        let read = try HeadSnapshot(tensors: snapshot.tensors, updates: 2, shape: Self.shape)
        expectSame(read, snapshot)
        let restored = HeadTrainingRun(
            HeadTrainer(restoring: read, learningRate: 0.001, threads: 2, kernels: anyKernels),
            kernels: anyKernels)
        for batch in Self.batches[2...] {
            run.factorStep(batch)
            restored.factorStep(batch)
        }
        #expect(restored.trainer.updates == 4)
        #expect(restored.trainer.snapshot().digest == run.trainer.snapshot().digest)
        #expect(restored.trainer.snapshot().digest == Self.train().digest)
    }

    @Test("training brings the loss down")
    func trainingLearns() {
        let batch = HeadSamples(shape: Self.shape, count: 24)
        let run = HeadTrainingRun(.initial(shape: Self.shape, seed: 1))
        func meanLoss() -> Float { run.factorStep(batch).gradients.flatMap(\.losses).reduce(0, +) / 24 }
        let before = meanLoss()
        for _ in 0..<100 { run.factorStep(batch) }
        #expect(meanLoss() < before / 10)
    }

    @Test("the self-test gives one digest for every kernel set")
    func selfTestsAgree() {
        #expect(Set(supportedKernels.map { HeadSelfTest.digest(kernels: $0) }).count == 1)
    }
}

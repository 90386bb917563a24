import Foundation
import ModelFiles
import TestSupport
import Testing

@testable import ClassifierHead

struct KerasTrainingTests {
    @Test(
        "training in either form gives Keras' losses, history and final weights",
        arguments: ReferenceFolder.all, [true, false])
    func trainingMatchesKeras(reference: ReferenceFolder, usesFactors: Bool) throws {
        let golden = try GoldenTraining(reference)
        let run = HeadTrainingRun(golden.initial)
        var losses: [Double] = []
        for epoch in 0..<golden.history.epochs {
            var lossSum = 0.0
            var correct = 0
            var seen = 0
            for batch in golden.batches {
                let gradients = usesFactors ? run.factorStep(batch).gradients : run.denseStep(batch)
                for loss in gradients.flatMap(\.losses) { lossSum += Double(loss) }
                correct += zip(gradients.flatMap(\.predictions), batch.labels).count { $0 == $1 }
                seen += batch.labels.count
                losses.append(lossSum / Double(seen))
            }
            let scores = run.trainer.parameters.scores(
                of: golden.validation.features, labels: golden.validation.labels, threads: 1,
                kernels: anyKernels)
            let hits = zip(scores, golden.validation.labels).count { $0.predicted == $1 }
            let history = golden.history.history
            try expectClose(
                [Double(correct) / Double(seen)], [#require(history["accuracy"])[epoch]], atMost: 1e-5)
            try expectClose([lossSum / Double(seen)], [#require(history["loss"])[epoch]], atMost: 1e-5)
            try expectClose(
                [Double(hits) / Double(scores.count)], [#require(history["val_accuracy"])[epoch]],
                atMost: 1e-5)
            let meanLoss = scores.reduce(0) { $0 + Double($1.loss) } / Double(scores.count)
            try expectClose([meanLoss], [#require(history["val_loss"])[epoch]], atMost: 1e-5)
        }
        expectClose(losses, golden.history.runningLosses, atMost: 1e-5)
        let (trained, expected) = (run.trainer.parameters, golden.final)
        expectClose(trained.kernel, expected.kernel, atMost: 1e-5)
        expectClose(trained.outputLayers.flattened, expected.outputLayers.flattened, atMost: 1e-5)
    }
}

/// A reference folder's `training`.
private struct GoldenTraining {
    struct History: Decodable {
        let batch: Int
        let epochs: Int
        let runningLosses: [Double]
        let history: [String: [Double]]

        enum CodingKeys: String, CodingKey {
            case batch, epochs, history
            case runningLosses = "running_mean_loss_after_each_batch"
        }
    }

    let history: History
    let initial: HeadParameters
    let final: HeadParameters
    let batches: [HeadSamples]
    let validation: HeadSamples

    init(_ folder: ReferenceFolder) throws {
        history = try JSONDecoder().decode(History.self, from: folder.data("training/history.json"))
        initial = try Self.parameters("init", in: folder)
        final = try Self.parameters("final", in: folder)
        let training = try Self.samples("x", "y", shape: initial.shape, in: folder)
        validation = try Self.samples("xval", "yval", shape: initial.shape, in: folder)
        let batch = history.batch
        batches = stride(from: 0, to: training.labels.count, by: batch).map {
            let range = $0..<min($0 + batch, training.labels.count)
            return HeadSamples(
                shape: training.shape, features: Array(training.features[range]),
                labels: Array(training.labels[range]))
        }
    }

    private static func parameters(_ stage: String, in folder: ReferenceFolder) throws -> HeadParameters {
        func array(_ name: String) throws -> NumpyArray {
            try NumpyArray(path: folder.path("training/\(name).npy"))
        }
        let kernel = try array("\(stage)_kernel1")
        let outputKernel = try array("\(stage)_kernel2")
        return HeadParameters(
            shape: HeadShape(
                featureCount: kernel.shape[0], hiddenUnits: kernel.shape[1], classCount: outputKernel.shape[1]
            ),
            kernel: try #require(kernel.floats),
            outputLayers: OutputLayers(
                hiddenBias: try #require(try array("\(stage)_bias1").floats),
                kernel: try #require(outputKernel.floats),
                bias: try #require(try array("\(stage)_bias2").floats)))
    }

    private static func samples(
        _ features: String, _ labels: String, shape: HeadShape, in folder: ReferenceFolder
    ) throws -> HeadSamples {
        let rows = try #require(try NumpyArray(path: folder.path("training/\(features).npy")).floats)
        let classes = try NumpyArray(path: folder.path("training/\(labels).npy"))
        let itemSize = classes.bytes.count / classes.shape.reduce(1, *)
        return HeadSamples(
            shape: shape,
            features: stride(from: 0, to: rows.count, by: shape.featureCount).map {
                SparseFeatures(Array(rows[$0..<$0 + shape.featureCount]))
            },
            labels: stride(from: 0, to: classes.bytes.count, by: itemSize).map { Int(classes.bytes[$0]) })
    }
}

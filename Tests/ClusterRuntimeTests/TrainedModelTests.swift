import ClassifierHead
import ContentAddressing
import Foundation
import ModelFiles
import TestSupport
import Testing
import VGGBackbone

@testable import ClusterRuntime

@Suite("The model file")
struct TrainedModelTests {
    private func model(weights: WeightsSource = .random(7)) -> TrainedModel {
        let shape = HeadShape(featureCount: VGGArchitecture.featureCount, hiddenUnits: 4, classCount: 2)
        return TrainedModel(
            classes: ["ants", "bees, \"wild\""], head: .initial(shape: shape, seed: 3), architecture: .vgg19,
            preprocessing: .caffe, honorsExifOrientation: true, weights: weights,
            weightsDigest: ContentDigest(hashing: [1, 2, 3]))
    }

    @Test("what was written is read back, from the folder or the file")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        try model().write(to: folder.path("model.safetensors"))
        for path in [folder.path, folder.path("model.safetensors")] {
            let read = try TrainedModel.load(run: path)
            expectSame(read.head, model().head)
            #expect(read.classes == model().classes)
            #expect(read.architecture == .vgg19 && read.preprocessing == .caffe && read.honorsExifOrientation)
            #expect(read.weightsDigest == model().weightsDigest)
            #expect(try read.recordedWeights(run: path) == .random(7))
        }
    }

    @Test("a pixel limit of its own belongs to the model; the standard one adds nothing to the file")
    func pixelLimit() throws {
        let folder = try TemporaryFolder()
        var model = model()
        #expect(try model.metadata["pixel_limit"] == nil)
        model.pixelLimit = 50_000
        try model.write(to: folder.path("model.safetensors"))
        #expect(try TrainedModel.load(run: folder.path).pixelLimit == 50_000)
    }

    @Test("the file's bytes hold no path and no time")
    func deterministic() throws {
        let folder = try TemporaryFolder()
        let digests = try ["/a/first.h5", "/b/second.h5"].map { path in
            try model(weights: .file(path)).write(to: folder.path("m"))
            return try ContentDigest.hashing(file: folder.path("m")).digest
        }
        #expect(digests[0] == digests[1])
    }

    @Test(
        "sizes that no head has are an error that names them",
        arguments: ["9999999", "0", "-1", "4611686018427387904"])
    func impossibleSizes(units: String) throws {
        let folder = try TemporaryFolder()
        var metadata = try model().metadata
        metadata["hidden_units"] = units
        try SafetensorsWriter.write(tensors: [], metadata: metadata, to: folder.path("m"))
        let error = #expect(throws: TrainedModelError.self) { try TrainedModel.load(run: folder.path("m")) }
        #expect(error?.description.contains(units) == true)
    }

    @Test("weights that came from a file must be named again where config.json doesn't")
    func unknownWeights() throws {
        let folder = try TemporaryFolder()
        let model = model(weights: .file("/a/first.h5"))
        #expect(throws: TrainedModelError.self) { try model.recordedWeights(run: folder.path) }
    }

    @Test("a folder without a model and a file that is none are errors that name the path")
    func unusable() throws {
        let folder = try TemporaryFolder()
        try folder.write("model.safetensors", "no model".utf8)
        for path in [folder.path, folder.path("absent"), folder.path("model.safetensors")] {
            let error = #expect(throws: (any Error).self) { try TrainedModel.load(run: path) }
            #expect("\(error as Any)".contains(folder.path))
        }
    }
}

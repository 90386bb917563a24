import ClassifierHead
import ClusterTestSupport
import ContentAddressing
import Foundation
import ModelFiles
import TestSupport
import Testing
import VGGBackbone

@testable import ClusterRuntime

@Suite("Models for other programs")
struct ExportTests {
    private static let backbone = BackboneWeights.random(seed: 7, architecture: .vgg16)

    private func model(_ preprocessing: Preprocessing) -> TrainedModel {
        let shape = HeadShape(featureCount: VGGArchitecture.featureCount, hiddenUnits: 4, classCount: 2)
        return TrainedModel(
            classes: ["ants", "bees, \"wild\""], head: .initial(shape: shape, seed: 3), architecture: .vgg16,
            preprocessing: preprocessing, honorsExifOrientation: false, weights: .file("/home/a/first.h5"),
            weightsDigest: Self.backbone.digest)
    }

    private func network(
        _ preprocessing: Preprocessing, _ part: ExportedPart = .wholeNetwork(backbone, preprocessing: true)
    ) throws -> SequentialNetwork {
        try model(preprocessing).network(part, producer: "HeadStart 9", provenance: nil)
    }

    @Test("the whole network has Keras' layers, by their names and in their order")
    func layers() throws {
        let names = try network(.rescale).layers.map(\.name)
        #expect(
            names == [
                "preprocessing",
                "block1_conv1", "block1_conv2", "block1_pool", "block2_conv1", "block2_conv2", "block2_pool",
                "block3_conv1", "block3_conv2", "block3_conv3", "block3_pool",
                "block4_conv1", "block4_conv2", "block4_conv3", "block4_pool",
                "block5_conv1", "block5_conv2", "block5_conv3", "block5_pool",
                "flatten", "dense", "dense_1",
            ])
    }

    @Test("where preprocessing turns the channels round, the first kernel is turned round, and no other")
    func turnedKernel() throws {
        let turned = try network(.caffe).tensors
        let plain = try network(.caffe, .wholeNetwork(Self.backbone, preprocessing: false)).tensors
        for (position, channel, output) in [(0, 0, 0), (4, 1, 5), (8, 2, 63)] {
            #expect(
                turned[0].floats[(position * 3 + channel) * 64 + output]
                    == Self.backbone.kernels[0][(position * 3 + 2 - channel) * 64 + output])
        }
        expectSame(plain[0].floats, Self.backbone.kernels[0])
        for index in plain.indices.dropFirst() {
            #expect(turned[index].name == plain[index].name)
            expectSame(turned[index].floats, plain[index].floats)
        }
        expectSame(try network(.torch).tensors[0].floats, Self.backbone.kernels[0])
    }

    @Test("the metadata hold classes, preprocessing and origin, and no path")
    func metadata() throws {
        let metadata = try network(.caffe).metadata
        let classes = try #require(metadata["classes"])
        #expect(try JSONDecoder().decode([String].self, from: Data(classes.utf8)) == model(.caffe).classes)
        #expect(metadata["preprocessing"] == "caffe" && metadata["producer"] == "HeadStart 9")
        #expect(metadata["weights_digest"] == Self.backbone.digest.hex)
        #expect(metadata["head_digest"] == model(.caffe).head.digest.hex)
        #expect(metadata["input"]?.hasSuffix("red, green, blue from 0 to 255") == true)
        #expect(!metadata.values.contains { $0.contains("/home") })
        let plain = try network(.caffe, .wholeNetwork(Self.backbone, preprocessing: false)).metadata
        #expect(plain["input"]?.hasSuffix("minus 103.939, 116.779, 123.68") == true)
    }

    @Test("the head alone takes features and has the trained layers")
    func headOnly() throws {
        let head = try network(.torch, .head)
        #expect(head.inputName == "features" && head.inputShape == [7, 7, 512])
        #expect(head.layers.map(\.name) == ["flatten", "dense", "dense_1"])
    }

    @Test("a run is exported in every form, and what is there already is never written over")
    func wholeRun() throws {
        let run = try LocalRun()
        _ = try run.train(run: "run", epochs: 1)
        func export(_ more: [String], to name: String) throws -> Program.Finished {
            try Program.run(
                ["export", "--model", run.folder.path("run"), "--out", run.folder.path(name)] + more)
        }
        for format in ExportFormat.allCases {
            let name = "whole.\(format.rawValue)"
            let finished = try export(["--format", format.rawValue], to: name)
            #expect(finished.status == 0, "\(finished.errors)")
            #expect(finished.output.contains("\(name): vgg16 and head, 3 classes, 85 MB"))
            let written = try ContentDigest.hashing(file: run.folder.path(name)).digest
            let again = try export(["--format", format.rawValue], to: name)
            #expect(again.status == 1 && again.errorLines.first?.contains("something already") == true)
            #expect(try ContentDigest.hashing(file: run.folder.path(name)).digest == written)
        }

        // The flat form is a model and its backbone's weights to this program too.
        let whole = run.folder.path("whole.safetensors")
        let file = try SafetensorsFile(path: whole)
        #expect(file.metadata["training"]?.contains("\"batchSize\":12") == true)
        #expect(!file.metadata.values.contains { $0.contains(run.folder.path) })
        let predictions = try [["--model", run.folder.path("run")], ["--model", whole, "--weights", whole]]
            .map {
                try Program.run(
                    ["predict", run.folder.path("data/val"), "--cache", run.folder.path("cache")] + $0
                ).output
            }
        #expect(!predictions[0].isEmpty && predictions[0] == predictions[1])
    }
}

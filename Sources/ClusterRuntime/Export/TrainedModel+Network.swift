import ClassifierHead
import Foundation
import ModelFiles
import VGGBackbone

/// The part of a model to export.
package enum ExportedPart: Sendable {
    /// From the picture to the probabilities; with preprocessing, from red, green and blue in 0...255.
    case wholeNetwork(BackboneWeights, preprocessing: Bool)
    /// From the backbone's features to the probabilities.
    case head
}

extension TrainedModel {
    /// The model as a chain of layers, with its classes, preprocessing and provenance as metadata.
    ///
    /// - Parameter producer: this program and its version.
    package func network(
        _ part: ExportedPart, producer: String, provenance: TrainingProvenance?
    ) throws -> SequentialNetwork {
        var metadata = try metadata
        metadata["producer"] = producer
        metadata["head_digest"] = head.digest.hex
        metadata["input"] = inputDescription(part)
        if let provenance {
            metadata["training"] = String(
                decoding: try JSONEncoder.plain.encode(provenance), as: UTF8.self)
        }
        switch part {
        case .wholeNetwork(let backbone, let preprocessing):
            let side = VGGArchitecture.inputSize
            return SequentialNetwork(
                inputName: "picture", inputShape: [side, side, 3],
                layers: backboneLayers(backbone, includingPreprocessing: preprocessing) + headLayers,
                metadata: metadata)
        case .head:
            let side = VGGArchitecture.outputSize
            return SequentialNetwork(
                inputName: "features",
                inputShape: [side, side, VGGArchitecture.featureCount / (side * side)],
                layers: headLayers, metadata: metadata)
        }
    }

    private var headLayers: [SequentialNetwork.Layer] {
        let (shape, output) = (head.shape, head.outputLayers)
        return [
            .init("flatten", .flattening),
            .init(
                LayerName.hidden,
                .dense(
                    .init(
                        kernel: head.kernel, kernelShape: [shape.featureCount, shape.hiddenUnits],
                        bias: output.hiddenBias), .relu)),
            .init(
                LayerName.output,
                .dense(
                    .init(
                        kernel: output.kernel, kernelShape: [shape.hiddenUnits, shape.classCount],
                        bias: output.bias), .softmax)),
        ]
    }

    /// If preprocessing reverses the channels, the first kernel's inputs are reversed instead: the products
    /// are the same, and there is no extra layer that further training could spoil.
    private func backboneLayers(
        _ backbone: BackboneWeights, includingPreprocessing: Bool
    ) -> [SequentialNetwork.Layer] {
        var layers: [SequentialNetwork.Layer] = []
        let rescaling = preprocessing.rescaling
        if includingPreprocessing {
            layers.append(
                .init("preprocessing", .rescaling(scale: rescaling.scale, offset: rescaling.offset)))
        }
        for (index, layer) in backbone.architecture.layers.enumerated() {
            let kernel = backbone.kernels[index]
            let isTurned = index == 0 && includingPreprocessing && rescaling.reversesChannels
            layers.append(
                .init(
                    layer.name,
                    .convolution(
                        .init(
                            kernel: isTurned ? Self.reversingInputs(of: kernel, layer) : kernel,
                            kernelShape: [3, 3, layer.inputChannels, layer.outputChannels],
                            bias: backbone.biases[index]))))
            if layer.poolsAfter {
                layers.append(.init(layer.name.prefix { $0 != "_" } + "_pool", .maxPooling))
            }
        }
        return layers
    }

    /// Reverses the input channels of a kernel of shape (3, 3, inputs, outputs).
    private static func reversingInputs(of kernel: [Float], _ layer: ConvolutionLayer) -> [Float] {
        let (inputs, outputs) = (layer.inputChannels, layer.outputChannels)
        return kernel.indices.map { index in
            let (row, output) = index.quotientAndRemainder(dividingBy: outputs)
            let (position, input) = row.quotientAndRemainder(dividingBy: inputs)
            return kernel[(position * inputs + inputs - 1 - input) * outputs + output]
        }
    }

    private func inputDescription(_ part: ExportedPart) -> String {
        switch part {
        case .wholeNetwork(_, let preprocessing):
            "picture: float32 (batch, 224, 224, 3), channels last, resized by nearest neighbour; "
                + (preprocessing ? "red, green, blue from 0 to 255" : self.preprocessing.explanation)
        case .head:
            "features: float32 (batch, 7, 7, 512), channels last, of \(architecture.rawValue) after its last pool"
        }
    }
}

extension Preprocessing {
    /// Describes the input that a network without built-in preprocessing expects.
    fileprivate var explanation: String {
        switch self {
        case .rescale: "red, green, blue, each divided by 255"
        case .caffe: "blue, green, red from 0 to 255, minus 103.939, 116.779, 123.68"
        case .torch:
            "red, green, blue, each divided by 255, minus 0.485, 0.456, 0.406, divided by 0.229, 0.224, 0.225"
        }
    }
}

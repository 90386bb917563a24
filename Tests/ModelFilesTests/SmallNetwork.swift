@testable import ModelFiles

/// A network of every kind of layer, small enough to look at.
enum SmallNetwork {
    static let convolution = SequentialNetwork.Weights(
        kernel: (0..<9 * 3 * 4).map(Float.init), kernelShape: [3, 3, 3, 4], bias: [1, 2, 3, 4])
    static let hidden = SequentialNetwork.Weights(
        kernel: (0..<16 * 2).map { Float($0) / 8 }, kernelShape: [16, 2], bias: [0.5, -0.5])
    static let output = SequentialNetwork.Weights(
        kernel: [1, 2, 3, 4, 5, 6], kernelShape: [2, 3], bias: [7, 8, 9])

    static let metadata = ["classes": "[\"ants\",\"bees \\\"wild\\\"\",\"wasps\"]", "backbone": "vgg19"]

    static let network = SequentialNetwork(
        inputName: "picture", inputShape: [4, 4, 3],
        layers: [
            .init("preprocessing", .rescaling(scale: [0.5, 1, 2], offset: [1, 0, -1])),
            .init("block1_conv1", .convolution(convolution)),
            .init("block1_pool", .maxPooling),
            .init("flatten", .flattening),
            .init("dense", .dense(hidden, .relu)),
            .init("dense_1", .dense(output, .softmax)),
        ], metadata: metadata)
}

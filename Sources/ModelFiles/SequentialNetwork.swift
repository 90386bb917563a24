/// A network that is a chain of layers, with its weights and metadata: the input of the writers of other
/// programs' formats.
///
/// Pictures and features are channels last, as in Keras. Weights are shared with their source, not copied.
package struct SequentialNetwork: Sendable {
    /// A kernel and a bias in Keras' layout.
    package struct Weights: Sendable {
        package let kernel: [Float]
        /// (3, 3, inputs, outputs) for a convolution, (inputs, outputs) for a dense layer.
        package let kernelShape: [Int]
        package let bias: [Float]

        /// - Precondition: the kernel and the bias match `kernelShape`.
        package init(kernel: [Float], kernelShape: [Int], bias: [Float]) {
            precondition(kernel.count == kernelShape.reduce(1, *) && bias.count == kernelShape.last)
            self.kernel = kernel
            self.kernelShape = kernelShape
            self.bias = bias
        }

        var outputs: Int { bias.count }
    }

    package enum Activation: String, Sendable {
        case relu, softmax
    }

    package enum Operation: Sendable {
        /// Multiplies each channel by its scale and adds its offset.
        case rescaling(scale: [Double], offset: [Double])
        /// 3 x 3, stride 1, same padding, bias, ReLU; not trainable.
        case convolution(Weights)
        /// The maximum of 2 x 2 values, stride 2.
        case maxPooling
        /// Flattens all values, channels fastest.
        case flattening
        case dense(Weights, Activation)
    }

    /// An operation with its name in files.
    package struct Layer: Sendable {
        package let name: String
        package let operation: Operation

        package init(_ name: String, _ operation: Operation) {
            self.name = name
            self.operation = operation
        }

        package var weights: Weights? {
            switch operation {
            case .convolution(let weights), .dense(let weights, _): weights
            case .rescaling, .maxPooling, .flattening: nil
            }
        }
    }

    /// The input's name, such as "picture".
    package let inputName: String
    /// The shape of one input, without the batch, such as [224, 224, 3].
    package let inputShape: [Int]
    package let layers: [Layer]
    /// Texts for users and programs that open the file.
    package let metadata: [String: String]

    /// The number of output values for one input.
    let outputCount: Int

    /// - Precondition: the last layer is a dense one.
    package init(inputName: String, inputShape: [Int], layers: [Layer], metadata: [String: String]) {
        guard case .dense(let weights, _) = layers.last?.operation else {
            preconditionFailure("a network ends with a dense layer")
        }
        outputCount = weights.outputs
        self.inputName = inputName
        self.inputShape = inputShape
        self.layers = layers
        self.metadata = metadata
    }

    /// The network's name in files.
    static let name = "headstart"

    /// All weights under Keras' names, such as "block1_conv1/kernel".
    package var tensors: [(name: String, shape: [Int], floats: [Float])] {
        layers.flatMap { layer -> [(name: String, shape: [Int], floats: [Float])] in
            guard let weights = layer.weights else { return [] }
            return [
                (layer.name + "/kernel", weights.kernelShape, weights.kernel),
                (layer.name + "/bias", [weights.outputs], weights.bias),
            ]
        }
    }
}

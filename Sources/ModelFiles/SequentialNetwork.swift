/// A network that is a chain of layers, with its weights and what should be known of it: what the writers of
/// other programs' formats take.
///
/// Pictures and features are channels last, as in Keras. Weights are shared with where they came from, not
/// copied.
package struct SequentialNetwork: Sendable {
    /// A kernel and a bias as Keras keeps them.
    package struct Weights: Sendable {
        package let kernel: [Float]
        /// (3, 3, inputs, outputs) of a convolution, (inputs, outputs) of a dense layer.
        package let kernelShape: [Int]
        package let bias: [Float]

        /// - Precondition: sizes fit.
        package init(kernel: [Float], kernelShape: [Int], bias: [Float]) {
            precondition(kernel.count == kernelShape.reduce(1, *) && bias.count == kernelShape.last)
            self.kernel = kernel
            self.kernelShape = kernelShape
            self.bias = bias
        }

        var outputs: Int { bias.count }
    }

    /// What follows a dense layer's sums.
    package enum Activation: String, Sendable {
        case relu, softmax
    }

    /// What a layer does.
    package enum Operation: Sendable {
        /// Each channel times its scale, plus its offset.
        case rescaling(scale: [Double], offset: [Double])
        /// 3 x 3, stride 1, same padding, bias, ReLU; not to be trained further.
        case convolution(Weights)
        /// The largest of 2 x 2, stride 2.
        case maxPooling
        /// A row of all values, channels fastest.
        case flattening
        case dense(Weights, Activation)
    }

    /// An operation under the name that it has in files.
    package struct Layer: Sendable {
        package let name: String
        package let operation: Operation

        package init(_ name: String, _ operation: Operation) {
            self.name = name
            self.operation = operation
        }

        /// Its kernel and bias, where it has any.
        package var weights: Weights? {
            switch operation {
            case .convolution(let weights), .dense(let weights, _): weights
            case .rescaling, .maxPooling, .flattening: nil
            }
        }
    }

    /// What the input is called, such as "picture".
    package let inputName: String
    /// The shape of one input, without the batch, such as [224, 224, 3].
    package let inputShape: [Int]
    package let layers: [Layer]
    /// Texts for people and programs that open the file.
    package let metadata: [String: String]

    /// How many values the network gives of one input.
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

    /// What the network is called in files.
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

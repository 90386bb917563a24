/// A network's operations in ONNX, and the initializers that they use.
///
/// Convolutions need channels first, so there is a transposition before the first of them and one after the
/// last. Everything else, including the weights, keeps the network's own order.
struct ONNXGraph {
    /// A float32 array whose bytes are computed when they are written.
    struct Initializer {
        let name: String
        let shape: [Int]
        let floats: () -> [Float]
    }

    private(set) var nodes: [ONNXNodeProto] = []
    private(set) var initializers: [Initializer] = []
    /// The name of the newest operation's result.
    private var value: String
    private var isChannelsFirst = false

    static let outputName = "probabilities"

    init(_ network: SequentialNetwork) {
        value = network.inputName
        for layer in network.layers { add(layer) }
        // Programs rely on the result's name, but not on a layer's.
        nodes[nodes.count - 1].output = [Self.outputName]
    }

    private mutating func add(_ layer: SequentialNetwork.Layer) {
        switch layer.operation {
        case .rescaling(let scale, let offset): rescale(layer.name, scale: scale, offset: offset)
        case .convolution(let weights):
            arrange(channelsFirst: true, before: layer.name)
            let shape = weights.kernelShape
            let kernel = initializer(layer.name + "/kernel", [shape[3], shape[2], shape[0], shape[1]]) {
                Self.channelsFirst(weights.kernel, shape: shape)
            }
            let bias = initializer(layer.name + "/bias", [weights.outputs]) { weights.bias }
            node(
                "Conv", layer.name + "/sum", [kernel, bias],
                attributes: [.integers("kernel_shape", [3, 3]), .integers("pads", [1, 1, 1, 1])])
            node("Relu", layer.name)
        case .maxPooling:
            arrange(channelsFirst: true, before: layer.name)
            node(
                "MaxPool", layer.name,
                attributes: [.integers("kernel_shape", [2, 2]), .integers("strides", [2, 2])])
        case .flattening:
            arrange(channelsFirst: false, before: layer.name)
            node("Flatten", layer.name, attributes: [.integer("axis", 1)])
        case .dense(let weights, let activation):
            let kernel = initializer(layer.name + "/kernel", weights.kernelShape) { weights.kernel }
            let bias = initializer(layer.name + "/bias", [weights.outputs]) { weights.bias }
            node("Gemm", layer.name + "/sum", [kernel, bias])
            switch activation {
            case .relu: node("Relu", layer.name)
            case .softmax: node("Softmax", layer.name, attributes: [.integer("axis", -1)])
            }
        }
    }

    /// Omits operations that would change nothing.
    private mutating func rescale(_ name: String, scale: [Double], offset: [Double]) {
        if scale.contains(where: { $0 != 1 }) {
            node(
                "Mul", name + "/scaled",
                [initializer(name + "/scale", [scale.count]) { scale.map(Float.init) }])
        }
        if offset.contains(where: { $0 != 0 }) {
            node("Add", name, [initializer(name + "/offset", [offset.count]) { offset.map(Float.init) }])
        }
    }

    private mutating func arrange(channelsFirst: Bool, before name: String) {
        guard isChannelsFirst != channelsFirst else { return }
        isChannelsFirst = channelsFirst
        let order: [Int64] = channelsFirst ? [0, 3, 1, 2] : [0, 2, 3, 1]
        node("Transpose", name + "/transposed", attributes: [.integers("perm", order)])
    }

    /// Adds an operation on the current value and `constants`.
    private mutating func node(
        _ kind: String, _ name: String, _ constants: [String] = [], attributes: [ONNXAttributeProto] = []
    ) {
        nodes.append(
            .with {
                $0.opType = kind
                $0.name = name
                $0.input = [value] + constants
                $0.output = [name]
                $0.attribute = attributes
            })
        value = name
    }

    private mutating func initializer(
        _ name: String, _ shape: [Int], _ floats: @escaping () -> [Float]
    ) -> String {
        initializers.append(Initializer(name: name, shape: shape, floats: floats))
        return name
    }

    /// Converts a kernel from (height, width, inputs, outputs) to (outputs, inputs, height, width).
    static func channelsFirst(_ kernel: [Float], shape: [Int]) -> [Float] {
        let (positions, inputs, outputs) = (shape[0] * shape[1], shape[2], shape[3])
        return [Float](unsafeUninitializedCapacity: kernel.count) { result, count in
            kernel.withUnsafeBufferPointer { kernel in
                for output in 0..<outputs {
                    for input in 0..<inputs {
                        for position in 0..<positions {
                            result[(output * inputs + input) * positions + position] =
                                kernel[(position * inputs + input) * outputs + output]
                        }
                    }
                }
            }
            count = kernel.count
        }
    }
}

extension ONNXAttributeProto {
    fileprivate static func integer(_ name: String, _ value: Int64) -> ONNXAttributeProto {
        .with {
            $0.name = name
            $0.type = .int
            $0.i = value
        }
    }

    fileprivate static func integers(_ name: String, _ values: [Int64]) -> ONNXAttributeProto {
        .with {
            $0.name = name
            $0.type = .ints
            $0.ints = values
        }
    }
}

/// A float32 array with its name and shape in files, row-major.
package typealias NamedTensor = (name: String, shape: [Int], floats: [Float])

/// Why a file's tensors don't form a head.
package enum HeadTensorError: Error, Equatable, CustomStringConvertible {
    case missing(name: String)
    case misshapen(name: String, expected: [Int], found: [Int])
    case nonFinite(name: String)
    /// The numbers of features, hidden units and classes are out of bounds.
    case impossibleSizes([Int])
    case impossibleUpdates(Int)

    package var description: String {
        switch self {
        case .missing(let name):
            "there is no tensor \(name); take a file that this program wrote for a head"
        case .misshapen(let name, let expected, let found):
            "tensor \(name) has the shape \(found) instead of \(expected); take a file of the same head"
        case .nonFinite(let name):
            "tensor \(name) holds a number that is not finite; take an earlier checkpoint"
        case .impossibleSizes(let sizes):
            "no head has \(sizes[0]) features, \(sizes[1]) hidden units and \(sizes[2]) classes; "
                + "take a file that this program wrote for a head"
        case .impossibleUpdates(let count):
            "no head has had \(count) updates; take an earlier checkpoint"
        }
    }
}

extension HeadParameters {
    package var tensors: [NamedTensor] { tensors(prefix: "") }

    /// Takes the weights from `tensors`, which may contain others too.
    package init(tensors: [NamedTensor], shape: HeadShape) throws(HeadTensorError) {
        try self.init(tensors: tensors, prefix: "", shape: shape)
    }

    fileprivate init(tensors: [NamedTensor], prefix: String, shape: HeadShape) throws(HeadTensorError) {
        let (hidden, classes) = (shape.hiddenUnits, shape.classCount)
        self.init(
            shape: shape,
            kernel: try tensors.floats(prefix + TensorName.kernel, shape: [shape.featureCount, hidden]),
            outputLayers: OutputLayers(
                hiddenBias: try tensors.floats(prefix + TensorName.hiddenBias, shape: [hidden]),
                kernel: try tensors.floats(prefix + TensorName.outputKernel, shape: [hidden, classes]),
                bias: try tensors.floats(prefix + TensorName.outputBias, shape: [classes])))
    }

    fileprivate func tensors(prefix: String) -> [NamedTensor] {
        let (hidden, classes) = (shape.hiddenUnits, shape.classCount)
        return [
            (prefix + TensorName.kernel, [shape.featureCount, hidden], kernel),
            (prefix + TensorName.hiddenBias, [hidden], outputLayers.hiddenBias),
            (prefix + TensorName.outputKernel, [hidden, classes], outputLayers.kernel),
            (prefix + TensorName.outputBias, [classes], outputLayers.bias),
        ]
    }
}

extension HeadSnapshot {
    /// The weights, then the first moments as `adam/m/…` and the second as `adam/v/…`.
    package var tensors: [NamedTensor] {
        parameters.tensors + firstMoments.tensors(prefix: TensorName.firstMoments)
            + secondMoments.tensors(prefix: TensorName.secondMoments)
    }

    /// Takes a snapshot from `tensors`; the number of updates is stored separately.
    package init(tensors: [NamedTensor], updates: Int, shape: HeadShape) throws(HeadTensorError) {
        guard (0...Self.updatesAtMost).contains(updates) else { throw .impossibleUpdates(updates) }
        self.init(
            parameters: try HeadParameters(tensors: tensors, shape: shape),
            firstMoments: try HeadParameters(tensors: tensors, prefix: TensorName.firstMoments, shape: shape),
            secondMoments: try HeadParameters(
                tensors: tensors, prefix: TensorName.secondMoments, shape: shape),
            updates: updates)
    }

    /// More steps than any machine can run in its lifetime.
    private static let updatesAtMost = 1 << 48
}

private enum TensorName {
    static let kernel = "dense/kernel"
    static let hiddenBias = "dense/bias"
    static let outputKernel = "dense_1/kernel"
    static let outputBias = "dense_1/bias"
    static let firstMoments = "adam/m/"
    static let secondMoments = "adam/v/"
}

extension [NamedTensor] {
    fileprivate func find(_ name: String) throws(HeadTensorError) -> NamedTensor {
        guard let tensor = first(where: { $0.name == name }) else { throw .missing(name: name) }
        return tensor
    }

    fileprivate func floats(_ name: String, shape: [Int]) throws(HeadTensorError) -> [Float] {
        let tensor = try find(name)
        guard tensor.shape == shape, tensor.floats.count == shape.reduce(1, *) else {
            throw .misshapen(name: name, expected: shape, found: tensor.shape)
        }
        guard tensor.floats.allSatisfy(\.isFinite) else { throw .nonFinite(name: name) }
        return tensor.floats
    }
}

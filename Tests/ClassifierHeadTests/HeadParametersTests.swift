import TestSupport
import Testing

@testable import ClassifierHead

struct HeadParametersTests {
    private static let shape = HeadShape(featureCount: 300, hiddenUnits: 20, classCount: 4)

    @Test("initial kernels are Glorot-uniform and biases zero")
    func initialWeightsAreGlorotUniform() {
        let parameters = HeadParameters.initial(shape: Self.shape, seed: 1)
        for (kernel, fans) in [(parameters.kernel, 320), (parameters.outputLayers.kernel, 24)] {
            let limit = Float((6 / Double(fans)).squareRoot())
            let magnitudes = kernel.map(abs)
            #expect(magnitudes.allSatisfy { $0 <= limit })
            #expect(magnitudes.contains { $0 > 0.9 * limit })
            let mean = kernel.reduce(0, +) / Float(kernel.count)
            // Five standard deviations of a mean of uniform numbers.
            #expect(abs(mean) < 5 * limit / (3 * Float(kernel.count)).squareRoot())
        }
        #expect(parameters.outputLayers.hiddenBias == .init(repeating: 0, count: 20))
        #expect(parameters.outputLayers.bias == .init(repeating: 0, count: 4))
    }

    @Test("initial weights and their digest depend on the seed only")
    func initialWeightsAreReproducible() {
        let first = HeadParameters.initial(shape: Self.shape, seed: 1)
        #expect(first == .initial(shape: Self.shape, seed: 1))
        #expect(first.digest == HeadParameters.initial(shape: Self.shape, seed: 1).digest)
        #expect(first.digest != HeadParameters.initial(shape: Self.shape, seed: 2).digest)
    }

    @Test("any changed weight, moment or count changes the digest")
    func digestsSeeEverything() {
        let parameters = HeadParameters.initial(shape: Self.shape, seed: 1)
        let snapshot = HeadSnapshot(
            parameters: parameters, firstMoments: parameters, secondMoments: parameters, updates: 1)
        var variants = [HeadSnapshot](repeating: snapshot, count: 7)
        variants[1].parameters.kernel[0].negate()
        variants[2].parameters.outputLayers.bias[3] = -0.0
        variants[3].firstMoments.outputLayers.kernel[5] += 1
        variants[4].secondMoments.outputLayers.hiddenBias[19] += 1
        variants[5].secondMoments.kernel[5999] += 1
        variants[6].updates += 1
        #expect(Set(variants.map(\.digest)).count == 7)
    }

    @Test("weights come back from tensors by Keras' names")
    func tensorsComeBack() throws {
        let parameters = HeadParameters.initial(shape: Self.shape, seed: 1)
        let tensors = parameters.tensors
        #expect(tensors.map(\.name) == ["dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias"])
        #expect(tensors.map(\.shape) == [[300, 20], [20], [20, 4], [4]])
        expectSame(try HeadParameters(tensors: tensors.reversed(), shape: Self.shape), parameters)
    }

    @Test("a snapshot's tensors are the weights', then both moments'")
    func snapshotTensorsAreNamed() {
        let parameters = HeadParameters.initial(shape: Self.shape, seed: 1)
        let snapshot = HeadSnapshot(
            parameters: parameters, firstMoments: parameters, secondMoments: parameters, updates: 1)
        #expect(
            snapshot.tensors.map(\.name) == [
                "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias",
                "adam/m/dense/kernel", "adam/m/dense/bias", "adam/m/dense_1/kernel", "adam/m/dense_1/bias",
                "adam/v/dense/kernel", "adam/v/dense/bias", "adam/v/dense_1/kernel", "adam/v/dense_1/bias",
            ])
    }

    @Test("missing, misshapen and non-finite tensors are errors that name them")
    func badTensorsAreNamed() {
        let tensors = HeadParameters.initial(shape: Self.shape, seed: 1).tensors
        #expect(throws: HeadTensorError.missing(name: "dense/bias")) {
            try HeadParameters(tensors: [tensors[0], tensors[2], tensors[3]], shape: Self.shape)
        }
        #expect(throws: HeadTensorError.misshapen(name: "dense_1/bias", expected: [5], found: [4])) {
            var other = tensors
            other[2] = ("dense_1/kernel", [20, 5], .init(repeating: 0, count: 100))
            return try HeadParameters(
                tensors: other, shape: HeadShape(featureCount: 300, hiddenUnits: 20, classCount: 5))
        }
        #expect(throws: HeadTensorError.nonFinite(name: "dense_1/kernel")) {
            var other = tensors
            other[2].floats[7] = .nan
            return try HeadParameters(tensors: other, shape: Self.shape)
        }
    }

    @Test("output layers come back from their flat form, and another length is refused")
    func outputLayersComeBack() {
        let layers = HeadParameters.initial(shape: Self.shape, seed: 1).outputLayers
        #expect(layers.flattened.count == 20 + 80 + 4)
        #expect(OutputLayers(flattened: layers.flattened, shape: Self.shape) == layers)
        #expect(OutputLayers(flattened: layers.flattened + [0], shape: Self.shape) == nil)
        #expect(OutputLayers(flattened: [], shape: Self.shape) == nil)
    }
}

import ExactArithmetic

/// The frozen backbone, which computes features from pictures.
///
/// A picture's features have the same bits for any kernels, number of threads, number of pictures in the call
/// and position among them. An extractor holds about 240 MB of transformed kernels for VGG16 (320 MB for
/// VGG19), plus its working memory.
///
/// Thread rule: use it from one thread at a time, since calls share the working memory. It isn't `Sendable`,
/// so the compiler enforces this. Any number of extractors may run at once.
package final class FeatureExtractor {
    package let kernels: KernelSet
    /// The number of threads that share each layer.
    package let threads: Int

    private let convolutions: [PreparedConvolution]
    private let scratch: LargeBuffer
    private let first: LargeBuffer
    private let second: LargeBuffer
    private let collected: LargeBuffer

    /// The layers of the first two blocks run on one picture at a time, since their activations are large and
    /// their kernels small.
    private static let layersByPicture = 4
    /// Later layers run on this many pictures at once, since their kernels are large and each read then
    /// serves all of them.
    private static let mostTogether = 8

    /// Transforms the kernels; `weights` isn't needed afterwards.
    package init(weights: BackboneWeights, kernels: KernelSet, threads: Int) {
        precondition(threads > 0 && kernels.isSupported)
        self.kernels = kernels
        self.threads = threads
        convolutions = weights.architecture.layers.enumerated().map { index, layer in
            PreparedConvolution(
                layer: layer, kernel: weights.kernels[index], bias: weights.biases[index], kernels: kernels,
                threads: threads)
        }
        let early = convolutions.prefix(Self.layersByPicture)
        let late = convolutions.dropFirst(Self.layersByPicture)
        let room = max(
            early.map(\.outputCount).max() ?? 0, Self.mostTogether * (late.map(\.outputCount).max() ?? 0))
        first = LargeBuffer(count: room)
        second = LargeBuffer(count: room)
        collected = LargeBuffer(count: Self.mostTogether * convolutions[Self.layersByPicture].inputCount)
        scratch = LargeBuffer(
            count: max(
                early.map { $0.scratchCount(pictures: 1, threads: threads) }.max() ?? 0,
                late.map { $0.scratchCount(pictures: Self.mostTogether, threads: threads) }.max() ?? 0))
    }

    /// Computes the features of preprocessed pictures.
    ///
    /// - Parameters:
    ///   - inputs: count x 224 x 224 x 3, channels last, preprocessed by `Preprocessing`.
    ///   - count: any number; pictures are processed in slices of 8.
    ///   - afterLayer: called with a layer's index each time the layer has run, for measurements.
    /// - Returns: count x 7 x 7 x 512, channels last.
    package func features(
        of inputs: [Float], count: Int, afterLayer: (Int) -> Void = { _ in }
    ) -> [Float] {
        let inputCount = convolutions[0].inputCount
        precondition(inputs.count == count * inputCount)
        return [Float](unsafeUninitializedCapacity: count * VGGArchitecture.featureCount) {
            features, initialized in
            inputs.withUnsafeBufferPointer { inputs in
                guard let inputs = inputs.baseAddress, let features = features.baseAddress else { return }
                for begin in stride(from: 0, to: count, by: Self.mostTogether) {
                    let pictures = min(Self.mostTogether, count - begin)
                    runEarlyLayers(on: inputs + begin * inputCount, pictures: pictures, afterLayer)
                    runLateLayers(
                        pictures: pictures, into: features + begin * VGGArchitecture.featureCount, afterLayer)
                }
            }
            initialized = count * VGGArchitecture.featureCount
        }
    }

    /// Runs the early layers on each picture and stores the results in `collected`.
    private func runEarlyLayers(on inputs: UnsafePointer<Float>, pictures: Int, _ afterLayer: (Int) -> Void) {
        let layers = 0..<Self.layersByPicture
        let outputCount = convolutions[Self.layersByPicture].inputCount
        for picture in 0..<pictures {
            run(
                layers, pictures: 1, from: inputs + picture * convolutions[0].inputCount,
                into: collected.floats + picture * outputCount, afterLayer)
        }
    }

    private func runLateLayers(
        pictures: Int, into features: UnsafeMutablePointer<Float>, _ afterLayer: (Int) -> Void
    ) {
        let layers = Self.layersByPicture..<convolutions.count
        run(layers, pictures: pictures, from: collected.floats, into: features, afterLayer)
    }

    /// Runs the layers in order, alternating between `first` and `second` until the last.
    private func run(
        _ layers: Range<Int>, pictures: Int, from input: UnsafePointer<Float>,
        into output: UnsafeMutablePointer<Float>, _ afterLayer: (Int) -> Void
    ) {
        var source = input
        for index in layers {
            let isLast = index == layers.upperBound - 1
            let target = isLast ? output : (index.isMultiple(of: 2) ? first : second).floats
            convolutions[index].apply(
                to: source, pictures: pictures, output: target, scratch: scratch.floats, threads: threads)
            source = UnsafePointer(target)
            afterLayer(index)
        }
    }
}

import ContentAddressing
import ExactArithmetic

/// Runs a few tiny layers. The digest of their results is the same on every machine whose arithmetic is
/// correct.
package enum BackboneSelfTest {
    /// Runs every function of the kernels once; takes milliseconds. The digest doesn't depend on `kernels`.
    package static func digest(kernels: KernelSet) -> ContentDigest {
        var hasher = ContentHasher()
        // A picture of 4 x 4 is one tile, so 1 to 14 pictures use each number of rows that there is a
        // function for.
        for pictures in 1...14 {
            hasher.update(
                floats: run(layer(inputs: 32, size: 4, pools: false), pictures: pictures, kernels: kernels))
        }
        // All rows of pixels, edges inside a tile, and pooling.
        hasher.update(floats: run(layer(inputs: 3, size: 11, pools: false), pictures: 2, kernels: kernels))
        hasher.update(floats: run(layer(inputs: 64, size: 14, pools: true), pictures: 2, kernels: kernels))
        return hasher.finalize()
    }

    private static func layer(inputs: Int, size: Int, pools: Bool) -> ConvolutionLayer {
        ConvolutionLayer(
            name: "self-test", inputChannels: inputs, outputChannels: 32, size: size, poolsAfter: pools)
    }

    private static func run(_ layer: ConvolutionLayer, pictures: Int, kernels: KernelSet) -> [Float] {
        let convolution = PreparedConvolution(
            layer: layer, kernel: numbers(layer.kernelCount, tensor: 0),
            bias: numbers(layer.outputChannels, tensor: 1),
            kernels: kernels, threads: 1)
        let scratch = LargeBuffer(count: convolution.scratchCount(pictures: pictures, threads: 1))
        let output = LargeBuffer(count: pictures * convolution.outputCount)
        convolution.apply(
            to: numbers(pictures * convolution.inputCount, tensor: 2), pictures: pictures,
            output: output.floats,
            scratch: scratch.floats, threads: 1)
        return Array(UnsafeBufferPointer(start: output.floats, count: pictures * convolution.outputCount))
    }

    private static func numbers(_ count: Int, tensor: UInt64) -> [Float] {
        BackboneWeights.uniform(first: tensor << 40, scale: 1, count: count)
    }
}

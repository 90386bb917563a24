import CKernels
import ExactArithmetic

/// One convolution, with its kernel in the form that the vector kernels read.
struct PreparedConvolution {
    let layer: ConvolutionLayer
    private let kernels: KernelSet
    private let kernel: LargeBuffer
    private let bias: LargeBuffer

    /// - Parameters:
    ///   - kernel: shape (3, 3, input, output); not needed afterwards.
    ///   - bias: shape (output).
    init(layer: ConvolutionLayer, kernel: [Float], bias: [Float], kernels: KernelSet, threads: Int) {
        precondition(kernel.count == layer.kernelCount && bias.count == layer.outputChannels)
        // CKernels requires this, and every layer of VGG satisfies it.
        precondition(layer.inputChannels == 3 ? !layer.poolsAfter : layer.inputChannels.isMultiple(of: 16))
        precondition(
            layer.outputChannels.isMultiple(of: 32) && max(layer.inputChannels, layer.outputChannels) <= 512)
        self.layer = layer
        self.kernels = kernels
        self.bias = LargeBuffer(bias)
        let inputs = Int32(layer.inputChannels)
        let outputs = Int32(layer.outputChannels)
        self.kernel = LargeBuffer(count: headstart_prepared_count(inputs, outputs))
        headstart_prepare_kernel(
            kernels.identifier, Int32(threads), inputs, outputs, kernel, self.kernel.floats)
    }

    /// Floats of one picture's input: size x size x input channels.
    var inputCount: Int { layer.size * layer.size * layer.inputChannels }

    /// Floats of one picture's output, after pooling.
    var outputCount: Int {
        let side = layer.poolsAfter ? layer.size / 2 : layer.size
        return side * side * layer.outputChannels
    }

    /// Floats of scratch memory that `apply` needs.
    func scratchCount(pictures: Int, threads: Int) -> Int {
        var convolution = description
        return headstart_scratch_count(kernels.identifier, Int32(threads), &convolution, Int32(pictures))
    }

    /// Applies convolution, bias, ReLU and pooling to `pictures` pictures. The memory areas must not overlap.
    func apply(
        to input: UnsafePointer<Float>, pictures: Int, output: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>, threads: Int
    ) {
        var convolution = description
        headstart_convolve(
            kernels.identifier, Int32(threads), &convolution, Int32(pictures), input, output, scratch)
    }

    private var description: HeadStartConvolution {
        HeadStartConvolution(
            inputs: Int32(layer.inputChannels), outputs: Int32(layer.outputChannels), size: Int32(layer.size),
            pools: layer.poolsAfter, kernel: kernel.floats, bias: bias.floats)
    }
}

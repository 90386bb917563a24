import CKernels
import ExactArithmetic

/// The first layer's product, which training and evaluation share.
enum FirstLayer {
    /// The number of samples multiplied per reading of the kernel; bounds the scratch memory.
    private static let blockSize = 128

    /// The sums before the bias (samples x hidden units). The kernel's rows are `weightStride` floats apart.
    static func preactivations(
        of batch: [SparseFeatures], weights: UnsafePointer<Float>, weightStride: Int, shape: HeadShape,
        threads: Int,
        kernels: KernelSet, scratch: ScratchFloats
    ) -> [Float] {
        precondition(batch.allSatisfy { $0.featureCount == shape.featureCount })
        return [Float](unsafeUninitializedCapacity: batch.count * shape.hiddenUnits) { target, count in
            batch.withSamples { samples in
                for start in stride(from: 0, to: batch.count, by: blockSize) {
                    guard let samples, let sums = target.baseAddress else { break }
                    let length = Int32(min(blockSize, batch.count - start))
                    let needed = headstart_head_scratch(
                        Int32(shape.featureCount), Int32(shape.hiddenUnits), 0, length)
                    headstart_head_preactivations(
                        kernels.identifier, Int32(threads), weights, Int32(shape.featureCount),
                        Int32(shape.hiddenUnits), Int32(weightStride), samples + start, length,
                        sums + start * shape.hiddenUnits, scratch.pointer(count: Int(needed)))
                }
            }
            count = batch.count * shape.hiddenUnits
        }
    }
}

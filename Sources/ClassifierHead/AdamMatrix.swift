import CKernels
import ExactArithmetic

/// A matrix of weights with Adam's two moments, its rows padded for the hot loops.
final class AdamMatrix {
    let rows: Int
    let columns: Int
    let stride: Int
    private let weights: AlignedFloats
    private let firstMoments: AlignedFloats
    private let secondMoments: AlignedFloats

    /// Moments that aren't given are zero. All arrays are rows x columns, row-major.
    init(
        rows: Int, columns: Int, weights: [Float], firstMoments: [Float]? = nil, secondMoments: [Float]? = nil
    ) {
        let padding = HEADSTART_HEAD_PADDING
        self.rows = rows
        self.columns = columns
        stride = (columns + padding - 1) / padding * padding
        self.weights = AlignedFloats(count: rows * stride)
        self.firstMoments = AlignedFloats(count: rows * stride)
        self.secondMoments = AlignedFloats(count: rows * stride)
        fill(self.weights, with: weights)
        if let firstMoments { fill(self.firstMoments, with: firstMoments) }
        if let secondMoments { fill(self.secondMoments, with: secondMoments) }
    }

    /// The weights in the layout of the hot loops, valid as long as this object.
    var weightPointer: UnsafePointer<Float> { .init(weights.pointer) }

    /// The matrix as the hot loops take it, valid as long as this object.
    var cMatrix: HeadStartHeadMatrix {
        HeadStartHeadMatrix(
            weights: weights.pointer, first_moments: firstMoments.pointer,
            second_moments: secondMoments.pointer,
            rows: Int32(rows), columns: Int32(columns), stride: Int32(stride))
    }

    /// Copies, row-major and without padding.
    var weightArray: [Float] { array(of: weights) }
    var firstMomentArray: [Float] { array(of: firstMoments) }
    var secondMomentArray: [Float] { array(of: secondMoments) }

    /// Updates the weights by Adam with the sum of the chunks' gradients, each rows x columns.
    func update(gradients: [[Float]], stepSize: Float, threads: Int, kernels: KernelSet) {
        precondition(gradients.allSatisfy { $0.count == rows * columns })
        Self.withPointers(to: gradients[...]) { pointers in
            var matrix = cMatrix
            headstart_head_update(
                kernels.identifier, Int32(threads), &matrix, stepSize, pointers, Int32(gradients.count))
        }
    }

    private func fill(_ target: AlignedFloats, with values: [Float]) {
        precondition(values.count == rows * columns)
        values.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress else { return }
            for row in 0..<rows {
                (target.pointer + row * stride).update(from: source + row * columns, count: columns)
            }
        }
    }

    private func array(of source: AlignedFloats) -> [Float] {
        [Float](unsafeUninitializedCapacity: rows * columns) { target, count in
            guard let target = target.baseAddress else { return }
            for row in 0..<rows {
                (target + row * columns).initialize(from: source.pointer + row * stride, count: columns)
            }
            count = rows * columns
        }
    }

    /// Calls `body` with a C array of pointers to the arrays, without copying them.
    private static func withPointers(
        to arrays: ArraySlice<[Float]>, collected: [UnsafePointer<Float>?] = [],
        _ body: (UnsafePointer<UnsafePointer<Float>?>?) -> Void
    ) {
        guard let first = arrays.first else {
            return collected.withUnsafeBufferPointer { body($0.baseAddress) }
        }
        first.withUnsafeBufferPointer { floats in
            withPointers(to: arrays.dropFirst(), collected: collected + [floats.baseAddress], body)
        }
    }
}

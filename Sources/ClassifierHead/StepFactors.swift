import CKernels

/// A step's samples with their deltas, in the layout of the hot loops.
struct StepFactors {
    let features: [SparseFeatures]
    private let delta: [Float]
    private let chunkEnds: [Int32]

    init(chunks: [(features: [SparseFeatures], delta: [Float])], shape: HeadShape) {
        features = chunks.flatMap(\.features)
        delta = chunks.count == 1 ? chunks[0].delta : chunks.flatMap(\.delta)
        var end: Int32 = 0
        var ends: [Int32] = []
        for chunk in chunks {
            precondition(chunk.delta.count == chunk.features.count * shape.hiddenUnits)
            precondition(chunk.features.allSatisfy { $0.featureCount == shape.featureCount })
            end += Int32(chunk.features.count)
            ends.append(end)
        }
        chunkEnds = ends
    }

    /// Calls `body` with the factors as `CKernels` takes them, valid during the call.
    func withFactors(_ body: (UnsafePointer<HeadStartHeadFactors>) -> Void) {
        features.withSamples { samples in
            delta.withUnsafeBufferPointer { delta in
                chunkEnds.withUnsafeBufferPointer { ends in
                    var factors = HeadStartHeadFactors(
                        samples: samples, delta: delta.baseAddress, sample_count: Int32(features.count),
                        chunk_ends: ends.baseAddress, chunk_count: Int32(ends.count))
                    body(&factors)
                }
            }
        }
    }
}

import ClassifierHead
import TrainingProtocol
import WireMessages

/// Checks workers' answers before the state machine sees them: an answer whose tensors don't fit the shape of
/// the run's head, or whose features can't be decoded, becomes a failed lease, which another worker repeats.
package struct AnswerVetting: Sendable {
    let shape: HeadShape

    package init(shape: HeadShape) { self.shape = shape }

    /// The checked answer, and the decoded features that it carries.
    package func vet(_ result: LeaseResult) -> (result: LeaseResult, features: [SparseFeatures]) {
        var result = result
        switch result.outcome {
        case .extracted(let encoded):
            do throws(FeatureEncodingError) {
                return (
                    result, try encoded.map { (tensor) throws(FeatureEncodingError) in try decode(tensor) }
                )
            } catch {
                result.outcome = .failed(reason: "its features can't be decoded: \(error)")
            }
        case .factorGradient(let gradient):
            if let problem = problem(of: gradient) { result.outcome = .failed(reason: problem) }
        case .denseGradient(let kernel, let gradient):
            if kernel.element != .float32 || kernel.shape != [shape.featureCount, shape.hiddenUnits] {
                result.outcome = .failed(reason: "its kernel gradient has the shape \(kernel.shape)")
            } else if let problem = problem(of: gradient) {
                result.outcome = .failed(reason: problem)
            }
        case .checked, .evaluated, .failed: break
        }
        return (result, [])
    }

    private func decode(_ tensor: Tensor) throws(FeatureEncodingError) -> SparseFeatures {
        try tensor.bytes.withUnsafeBytes { (bytes) throws(FeatureEncodingError) in
            try SparseFeatures(decoding: bytes, featureCount: shape.featureCount)
        }
    }

    private func problem(of gradient: FactorGradient) -> String? {
        let count = gradient.scores.count
        if let problem = problem(of: gradient.delta, count: count) { return problem }
        guard gradient.outputDelta.element == .float32,
            gradient.outputDelta.shape == [count, shape.classCount]
        else { return "its output delta has the shape \(gradient.outputDelta.shape) for \(count) samples" }
        return nil
    }

    private func problem(of delta: Tensor, count: Int) -> String? {
        guard delta.element == .float32, delta.shape == [count, shape.hiddenUnits] else {
            return "its delta has the shape \(delta.shape) for \(count) samples"
        }
        return nil
    }

    private func problem(of gradient: ChunkGradient) -> String? {
        let output = (shape.hiddenUnits + 1) * shape.classCount
        if let problem = problem(of: gradient.delta, count: gradient.scores.count) { return problem }
        guard gradient.outputGradient.element == .float32, gradient.outputGradient.shape == [output] else {
            return "its output gradient has the shape \(gradient.outputGradient.shape)"
        }
        return nil
    }
}

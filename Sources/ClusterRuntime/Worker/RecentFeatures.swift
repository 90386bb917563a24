import ClassifierHead
import WireMessages

/// Features that this worker computed recently, for dense gradients and repeated evaluations. The oldest are
/// dropped.
struct RecentFeatures {
    /// Each takes about 100 KB at most.
    private static let capacity = 2048

    private var features: [Sample: SparseFeatures] = [:]
    private var order: [Sample] = []
    private var first = 0

    subscript(sample: Sample) -> SparseFeatures? { features[sample] }

    mutating func keep(_ new: SparseFeatures, of sample: Sample) {
        guard features.updateValue(new, forKey: sample) == nil else { return }
        order.append(sample)
        while features.count > Self.capacity {
            features[order[first]] = nil
            first += 1
        }
        if first > Self.capacity {
            order.removeFirst(first)
            first = 0
        }
    }
}

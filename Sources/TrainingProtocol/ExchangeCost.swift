/// The bytes that a step moves through the coordinator, by the sizes of its tensors.
///
/// Messages' headers are left out: they are some hundred bytes a lease. Validation, and weights for workers
/// that join, come on top in both exchanges.
package struct ExchangeCost: Sendable, Equatable {
    /// From the workers to the coordinator.
    package let bytesUp: Int
    /// From the coordinator to the workers.
    package let bytesDown: Int

    /// Both directions together.
    package var bytes: Int { bytesUp + bytesDown }

    /// - Parameters:
    ///   - zeros: the share of features that are zero, which are not sent.
    ///   - workers: those that take part in a step; the dense exchange sends each the weights.
    ///   - featuresAreKept: whether the coordinator has the features from an earlier epoch.
    package init(
        _ exchange: Exchange, batchSize: Int, featureCount: Int, hiddenUnits: Int, classCount: Int,
        zeros: Double,
        workers: Int, featuresAreKept: Bool = false
    ) {
        let chunks = (batchSize + TrainingSchedule.chunkSize - 1) / TrainingSchedule.chunkSize
        let kernel = 4 * featureCount * hiddenUnits
        let outputLayers = 4 * (hiddenUnits + hiddenUnits * classCount + classCount)
        let outputGradient = 4 * (hiddenUnits * classCount + classCount)
        let hiddenValues = 4 * batchSize * hiddenUnits
        switch exchange {
        case .factors:
            let mask = (featureCount + 7) / 8
            let values = 4 * Double(featureCount) * (1 - zeros)
            let features = featuresAreKept ? 0 : batchSize * (mask + Int(values.rounded()))
            bytesUp = features + hiddenValues + 4 * batchSize * classCount
            bytesDown = hiddenValues + chunks * outputLayers
        case .gradients:
            bytesUp = chunks * (kernel + outputGradient) + hiddenValues
            bytesDown = min(workers, chunks) * (kernel + outputLayers)
        }
    }
}

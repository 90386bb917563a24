/// The bytes that a step moves through the coordinator, by the sizes of its tensors.
///
/// Message headers, about a hundred bytes per lease, are not counted, nor are validation and the weights for
/// workers that join, which both exchanges add.
package struct ExchangeCost: Sendable, Equatable {
    /// From the workers to the coordinator.
    package let bytesUp: Int
    /// From the coordinator to the workers.
    package let bytesDown: Int

    package var bytes: Int { bytesUp + bytesDown }

    /// - Parameters:
    ///   - zeros: the share of features that are zero, which are not sent.
    ///   - workers: the workers that take part in a step; the dense exchange sends the weights to each.
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

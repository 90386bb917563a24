/// What an epoch came to: a line of `history.csv`.
package struct EpochRecord: Sendable, Equatable {
    /// Zero-based, as in Keras' CSVLogger.
    package var epoch: Int
    /// The mean over the training pictures, each at the weights of its own step, as Keras reports it.
    package var loss: Double
    package var accuracy: Double
    /// `nil` without validation.
    package var validationLoss: Double?
    /// `nil` without validation.
    package var validationAccuracy: Double?
    /// Wall-clock time of the epoch, validation included.
    package var seconds: Double

    package init(
        epoch: Int, loss: Double, accuracy: Double, validationLoss: Double? = nil,
        validationAccuracy: Double? = nil, seconds: Double
    ) {
        self.epoch = epoch
        self.loss = loss
        self.accuracy = accuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.seconds = seconds
    }
}

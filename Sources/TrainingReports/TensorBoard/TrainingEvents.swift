import SwiftProtobuf
import TrainingProtocol

/// An epoch's values for TensorBoard.
package struct EpochEvents: Sendable {
    package var record: EpochRecord
    package var learningRate: Double
    /// Pictures processed in the epoch, including those of validation.
    package var pictures: Int
    /// When it ended, in seconds since 1970.
    package var time: Double

    package init(record: EpochRecord, learningRate: Double, pictures: Int, time: Double) {
        self.record = record
        self.learningRate = learningRate
        self.pictures = pictures
        self.time = time
    }
}

/// The records of TensorBoard's event files, framed, under the tags of Keras' callback.
package enum TrainingEvents {
    /// The first records of a file.
    ///
    /// - Parameters:
    ///   - time: in seconds since 1970.
    ///   - resumingAt: the first epoch after a resumption; records of earlier files from that epoch on are no
    ///     longer valid.
    package static func head(time: Double, resumingAt epoch: Int?) throws -> [UInt8] {
        let version = try framed(
            .with {
                $0.wallTime = time
                $0.fileVersion = "brain.Event:2"
            })
        guard let epoch else { return version }
        return try version
            + framed(
                .with {
                    $0.wallTime = time
                    $0.step = Int64(epoch)
                    $0.sessionLog.status = .start
                })
    }

    /// An epoch's record in the training file.
    package static func training(_ epoch: EpochEvents) throws -> [UInt8] {
        let record = epoch.record
        var values = [
            ("epoch_loss", record.loss), ("epoch_accuracy", record.accuracy),
            ("epoch_learning_rate", epoch.learningRate), ("epoch_seconds", record.seconds),
        ]
        if record.seconds > 0 {
            values.append(("epoch_pictures_per_second", Double(epoch.pictures) / record.seconds))
        }
        return try scalars(values, of: epoch)
    }

    /// An epoch's record in the validation file; `nil` without validation.
    package static func validation(_ epoch: EpochEvents) throws -> [UInt8]? {
        guard let loss = epoch.record.validationLoss, let accuracy = epoch.record.validationAccuracy else {
            return nil
        }
        return try scalars([("epoch_loss", loss), ("epoch_accuracy", accuracy)], of: epoch)
    }

    private static func scalars(_ values: [(tag: String, value: Double)], of epoch: EpochEvents) throws
        -> [UInt8]
    {
        try framed(
            .with {
                $0.wallTime = epoch.time
                $0.step = Int64(epoch.record.epoch)
                $0.summary.value = values.map { tag, value in
                    .with {
                        $0.tag = tag
                        $0.simpleValue = Float(value)
                    }
                }
            })
    }

    private static func framed(_ event: ProtoEvent) throws -> [UInt8] {
        TFRecord.framed(try event.serializedBytes())
    }
}

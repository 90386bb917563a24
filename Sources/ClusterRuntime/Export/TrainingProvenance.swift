import Foundation
import Imaging

/// How a model was trained, as far as others may know: the content of `config.json` without paths and without
/// anything that differs between two runs that give the same model.
package struct TrainingProvenance: Codable, Sendable, Equatable {
    let epochs: Int
    let batchSize: Int
    let learningRate: Double
    let seed: UInt64
    let augmentation: AugmentationRanges?
    let earlyStoppingPatience: Int?
    /// Digests of the training and validation pictures.
    let trainingPictures: String
    let validationPictures: String?

    /// Reads the run folder's record; `nil` if there is none.
    package static func recorded(in run: String) throws(RunFolderError) -> TrainingProvenance? {
        let path = run + "/" + RunFolder.recordName
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        do { return try JSONDecoder().decode(TrainingProvenance.self, from: data) } catch {
            throw .unreadableRecord(path: path, reason: TrainingPlan.words(for: error))
        }
    }
}

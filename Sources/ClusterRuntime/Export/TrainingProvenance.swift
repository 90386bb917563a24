import Foundation
import Imaging

/// How a model came to be, as far as others may know it: what `config.json` says, without paths and without
/// anything that differs between two runs that give the same model.
package struct TrainingProvenance: Codable, Sendable, Equatable {
    let epochs: Int
    let batchSize: Int
    let learningRate: Double
    let seed: UInt64
    let augmentation: AugmentationRanges?
    let earlyStoppingPatience: Int?
    /// Digests of what it was trained and validated on.
    let trainingPictures: String
    let validationPictures: String?

    /// What the run folder's record says; `nil` where a model stands without one.
    package static func recorded(in run: String) throws(RunFolderError) -> TrainingProvenance? {
        let path = run + "/" + RunFolder.recordName
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        do { return try JSONDecoder().decode(TrainingProvenance.self, from: data) } catch {
            throw .unreadableRecord(path: path, reason: TrainingPlan.words(for: error))
        }
    }
}

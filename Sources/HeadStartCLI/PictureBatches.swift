import ClusterRuntime
import ContentAddressing

/// Reads picture files in batches, so that a command's memory use doesn't grow with their number.
struct PictureBatches {
    /// Pictures per batch, several times the backbone's own batch.
    static let size = 8 * FeaturePipeline.batchSize

    /// Calls `body` with each batch of pictures that could be read, and `problem` for each other picture.
    static func forEach(
        _ pictures: [String], _ body: ([(index: Int, task: PictureTask)]) throws -> Void,
        problem: (_ index: Int, _ reason: String) -> Void
    ) throws {
        for start in stride(from: 0, to: pictures.count, by: size) {
            var batch: [(index: Int, task: PictureTask)] = []
            for index in start..<min(start + size, pictures.count) {
                do {
                    let bytes = try PictureFiles.read(pictures[index])
                    batch.append((index, PictureTask(digest: ContentDigest(hashing: bytes)) { bytes }))
                } catch {
                    problem(index, "\(error)")
                }
            }
            try body(batch)
        }
    }
}

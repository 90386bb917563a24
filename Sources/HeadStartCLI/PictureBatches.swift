import ClusterRuntime
import ContentAddressing

/// Picture files in batches, so that a command's memory doesn't grow with their number.
struct PictureBatches {
    /// Pictures that are read at once: several times what goes through the backbone together.
    static let size = 8 * FeaturePipeline.batchSize

    /// Hands `body` the pictures that could be read, batch by batch, and `problem` the others.
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

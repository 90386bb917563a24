import ClassifierHead
import ContentAddressing
import Imaging
import TrainingProtocol
import VGGBackbone
import WireMessages

/// Turns pictures into features: fetching, decoding, augmentation, preprocessing and the backbone, unless the
/// feature store has them.
///
/// A picture's features depend only on its task and the recipe: not on its neighbours, the batch or the
/// threads. Only unaugmented pictures are stored, since an augmented one is needed once. Confined to one
/// thread, as its extractor and store are; decoding runs on others.
package final class FeaturePipeline {
    /// Pictures per pass through the backbone: enough for its blocks, few enough for its memory.
    package static let batchSize = 8

    private let recipe: FeatureRecipe
    private let preparation: PicturePreparation
    private let extractor: FeatureExtractor
    private let store: FeatureStore?
    private let overlaps: Bool
    /// The threads that fetch and decode pictures.
    let pictureThreads: PictureThreads

    /// Pictures whose features were computed so far.
    package private(set) var extractedCount = 0
    /// Pictures whose features were found in the store so far.
    package private(set) var storedCount = 0
    /// Time spent so far; fetching and decoding count only as far as this thread waited for them.
    private(set) var times = LeaseTimes()
    private let clock = ContinuousClock()

    /// - Parameters:
    ///   - extractor: made from the weights that the recipe names.
    ///   - threads: with more than one, pictures are decoded while others go through the backbone.
    package init(
        recipe: FeatureRecipe, pixelLimit: Int, extractor: FeatureExtractor, store: FeatureStore?,
        threads: Int
    ) {
        self.recipe = recipe
        preparation = PicturePreparation(
            decoding: DecodingOptions(
                pixelLimit: pixelLimit, honorsExifOrientation: recipe.honorsExifOrientation),
            preprocessing: recipe.preprocessing)
        self.extractor = extractor
        self.store = store
        overlaps = threads > 1
        pictureThreads = PictureThreads(processors: threads)
    }

    private func storeKey(of task: PictureTask) -> ContentDigest {
        recipe.storeKey(picture: task.digest, pixelLimit: preparation.decoding.pixelLimit)
    }

    /// The features of each task in order, encoded as `SparseFeatures.encode` does, or why there are none.
    package func encodedFeatures(of tasks: [PictureTask]) -> [Result<[UInt8], PictureProblem>] {
        let start = clock.now
        var results: [Result<[UInt8], PictureProblem>?] = tasks.map { stored($0).map { .success($0) } }
        times.extraction += (clock.now - start).inSeconds
        let missing = tasks.indices.filter { results[$0] == nil }
        let batches = stride(from: 0, to: missing.count, by: Self.batchSize).map { start in
            Array(missing[start..<min(start + Self.batchSize, missing.count)])
        }
        func preparing(_ batch: Int) -> PictureBatch<PreparedPicture>? {
            guard batch < batches.count else { return nil }
            return pictureThreads.begin(batches[batch].map { tasks[$0] }) { [preparation, pictureThreads] in
                preparation.input(of: $0, on: pictureThreads)
            }
        }
        var next = preparing(0)
        for (number, batch) in batches.enumerated() {
            let start = clock.now
            let pictures = next?.wait() ?? []
            let prepared = clock.now
            count(waited: prepared - start, for: pictures)
            if overlaps { next = preparing(number + 1) }
            let extracted = extract(batch.map { tasks[$0] }, inputs: pictures.map(\.input))
            for (index, result) in zip(batch, extracted) { results[index] = result }
            times.extraction += (clock.now - prepared).inSeconds
            // The only thread that may compute is free again.
            if !overlaps { next = preparing(number + 1) }
        }
        return results.map { $0 ?? .failure(PictureProblem("no features were computed; run it again")) }
    }

    /// The features of each task in order, or why there are none.
    package func features(of tasks: [PictureTask]) -> [Result<SparseFeatures, PictureProblem>] {
        encodedFeatures(of: tasks).map { result in
            result.flatMap { encoded in
                Result {
                    try encoded.withUnsafeBytes {
                        try SparseFeatures(decoding: $0, featureCount: VGGArchitecture.featureCount)
                    }
                }.mapError { PictureProblem(String(describing: $0)) }
            }
        }
    }

    /// Splits the time waited for a batch in proportion to its fetching and decoding times.
    private func count(waited: Duration, for pictures: [PreparedPicture]) {
        let fetching = pictures.reduce(0) { $0 + $1.fetchingSeconds }
        let decoding = pictures.reduce(0) { $0 + $1.decodingSeconds }
        guard fetching + decoding > 0 else { return }
        let share = fetching / (fetching + decoding)
        times.fetching += waited.inSeconds * share
        times.decoding += waited.inSeconds * (1 - share)
    }

    /// Runs the prepared pictures through the backbone, in one batch.
    private func extract(
        _ tasks: [PictureTask], inputs: [Result<[Float], PictureProblem>]
    ) -> [Result<[UInt8], PictureProblem>] {
        let usable = inputs.compactMap { try? $0.get() }
        guard !usable.isEmpty else { return inputs.map { $0.map { _ in [] } } }
        var batch: [Float] = []
        batch.reserveCapacity(usable.reduce(0) { $0 + $1.count })
        for input in usable { batch += input }
        let features = extractor.features(of: batch, count: usable.count)
        extractedCount += usable.count
        var place = 0
        let results = inputs.map { input in
            input.map { _ in
                defer { place += VGGArchitecture.featureCount }
                return features[place..<place + VGGArchitecture.featureCount].withUnsafeBufferPointer {
                    SparseFeatures.encode($0)
                }
            }
        }
        keep(results, of: tasks)
        return results
    }

    private func stored(_ task: PictureTask) -> [UInt8]? {
        guard task.draw == nil, let value = store?.value(for: storeKey(of: task)) else {
            return nil
        }
        storedCount += 1
        return value
    }

    /// Stores the features of a batch, with one commit.
    private func keep(_ results: [Result<[UInt8], PictureProblem>], of tasks: [PictureTask]) {
        let values = zip(tasks, results).compactMap {
            task, result -> (digest: ContentDigest, value: [UInt8])? in
            guard task.draw == nil, case .success(let encoded) = result else { return nil }
            return (storeKey(of: task), encoded)
        }
        if !values.isEmpty { store?.store(values) }
    }
}

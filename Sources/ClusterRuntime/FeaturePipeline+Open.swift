import ExactArithmetic
import Files
import VGGBackbone

extension FeaturePipeline {
    /// The feature store's folder inside the cache folder.
    package static let storeFolder = "features"

    /// A pipeline for `backbone` on this machine, with the machine's feature store.
    ///
    /// - Parameter storeCapacityBytes: the store's limit; 0 disables the store.
    package static func open(
        backbone: BackboneWeights, preprocessing: Preprocessing, honorsExifOrientation: Bool,
        pixelLimit: Int, threads: Int, storeCapacityBytes: Int, environment: RuntimeEnvironment
    ) throws -> FeaturePipeline {
        let recipe = FeatureRecipe(
            preprocessing: preprocessing, honorsExifOrientation: honorsExifOrientation,
            weightsDigest: backbone.digest,
            arithmetic: try ArithmeticFingerprint.digest(kernels: environment.kernels))
        return FeaturePipeline(
            recipe: recipe, pixelLimit: pixelLimit,
            extractor: FeatureExtractor(weights: backbone, kernels: environment.kernels, threads: threads),
            store: openStore(capacityBytes: storeCapacityBytes, environment: environment), threads: threads)
    }

    /// This machine's store; `nil` if it is disabled or can't be opened, which only costs time.
    private static func openStore(capacityBytes: Int, environment: RuntimeEnvironment) -> FeatureStore? {
        guard capacityBytes > 0 else { return nil }
        do {
            let store = try FeatureStore(
                directory: environment.cacheDirectory + "/" + storeFolder, capacityBytes: capacityBytes
            ) { NetworkFileSystem.kind(of: $0, read: environment.readSystemFile) }
            if let note = store.note { environment.logger.notice("\(note)") }
            return store
        } catch {
            environment.logger.warning("going on without the feature store: \(error)")
            return nil
        }
    }
}

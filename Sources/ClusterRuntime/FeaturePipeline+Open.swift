import ContentAddressing
import ExactArithmetic
import VGGBackbone

extension FeaturePipeline {
    /// The folder of the feature store in a cache folder.
    package static let storeFolder = "features"

    /// A pipeline for `backbone` on this machine, with the machine's feature store.
    ///
    /// - Parameter storeCapacityBytes: the store's bound; 0 does without.
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

    /// The machine's store; `nil` where none is wanted or can be had, which costs time only.
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

import ContentAddressing
import Foundation
import VGGBackbone

/// The run's backbone weights, found and verified before anything begins.
struct ResolvedWeights {
    /// The flat file; `nil` for random weights, which every process makes by itself.
    let path: String?
    /// "random:SEED", or empty for a file.
    let randomText: String
    /// Names the content to be fetched: the flat file's bytes, or the tensors of random weights.
    let contentDigest: ContentDigest
    let byteCount: Int
    /// Names the weights whatever file they came from.
    let tensorDigest: ContentDigest

    init(_ source: WeightsSource, architecture: VGGArchitecture, environment: RuntimeEnvironment) throws {
        if case .random(let seed) = source {
            path = nil
            randomText = "random:\(seed)"
            tensorDigest = BackboneWeights.random(seed: seed, architecture: architecture).digest
            contentDigest = tensorDigest
            byteCount = 0
            return
        }
        let flat = try environment.flatWeights(source, architecture: architecture)
        path = flat
        randomText = ""
        tensorDigest = try BackboneWeights(safetensorsPath: flat).digest
        contentDigest = try ContentDigest(hashingFile: flat)
        byteCount = try FileManager.default.attributesOfItem(atPath: flat)[.size] as? Int ?? 0
    }
}

// Stand-ins for types of other targets until those land; removed with the merge that brings them.
import ClassifierHead
import ContentAddressing
import ExactArithmetic
import Imaging
import VGGBackbone

package enum WeightsSource: Sendable, Hashable {
    case imagenet
    case random(UInt64)
    case file(String)
    package init(parsing text: String) throws {
        if text == "imagenet" {
            self = .imagenet
        } else if text.hasPrefix("random:"), let seed = UInt64(text.dropFirst(7)) {
            self = .random(seed)
        } else {
            self = .file(text)
        }
    }
}
package final class FeatureStore {
    package init(directory: String, capacityBytes: Int) throws {}
    func value(for: ContentDigest) -> [UInt8]? { nil }
    func store(_ value: [UInt8], for: ContentDigest) {}
}
enum ImagingSelfTest { static func digest() throws -> ContentDigest { ContentDigest(hashing: [0]) } }
enum HeadSelfTest { static func digest(kernels: KernelSet) -> ContentDigest { ContentDigest(hashing: [0]) } }
final class ContentCache: Sendable {
    init(directory: String, capacityBytes: Int) throws {}
    func read(_ digest: ContentDigest) -> [UInt8]? { nil }
    func path(for digest: ContentDigest) -> String? { nil }
    func store(_ bytes: [UInt8], for digest: ContentDigest) throws {}
}
extension ContentDigest { init(hashingFile: String) throws { self.init(hashing: []) } }
extension RuntimeEnvironment {
    func flatWeights(_ source: WeightsSource, architecture: VGGArchitecture) throws -> String { "" }
}
package func loadBackbone(
    _ source: WeightsSource, architecture: VGGArchitecture, environment: RuntimeEnvironment
) throws -> BackboneWeights {
    if case .random(let seed) = source { return .random(seed: seed, architecture: architecture) }
    return try BackboneWeights(safetensorsPath: environment.flatWeights(source, architecture: architecture))
}

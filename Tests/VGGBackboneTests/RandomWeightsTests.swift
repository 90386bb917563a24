import ContentAddressing
import Foundation
import TestSupport
import Testing

@testable import VGGBackbone

struct RandomWeightsTests {
    private struct Reference: Decodable {
        struct Tensor: Decodable {
            let index: Int
            let shape: [Int]
            let digest: String

            enum CodingKeys: String, CodingKey {
                case index, shape
                case digest = "sha256_le_float32"
            }
        }
        let seed: UInt64
        let tensors: [Tensor]
    }

    @Test(
        "random weights are the reference's, tensor by tensor, bit for bit",
        arguments: ReferenceFolder.all)
    func matchesReference(folder: ReferenceFolder) throws {
        let reference = try JSONDecoder().decode(Reference.self, from: folder.data("seeded_vgg16.json"))
        let weights = BackboneWeights.random(seed: reference.seed, architecture: .vgg16)
        #expect(reference.tensors.count == 26)
        for tensor in reference.tensors {
            let values =
                tensor.index.isMultiple(of: 2)
                ? weights.kernels[tensor.index / 2] : weights.biases[tensor.index / 2]
            #expect(values.count == tensor.shape.reduce(1, *))
            var hasher = ContentHasher()
            hasher.update(floats: values)
            #expect(hasher.finalize().hex == tensor.digest, "tensor \(tensor.index)")
        }
    }

    @Test("another seed gives other weights, the same seed the same")
    func dependsOnSeed() {
        let one = BackboneWeights.random(seed: 1, architecture: .vgg19)
        #expect(one.digest == BackboneWeights.random(seed: 1, architecture: .vgg19).digest)
        #expect(one.digest != BackboneWeights.random(seed: 2, architecture: .vgg19).digest)
    }
}

import ExactArithmetic
import Testing

@testable import VGGBackbone

struct BackboneBenchmarkTests {
    @Test("the benchmark times every layer, and states the limit of the algorithm")
    func namesLayers() throws {
        let result = BackboneBenchmark.run(
            architecture: .vgg16, kernels: try KernelSet.selected(override: nil), threads: 2, batch: 1,
            rounds: 1)
        #expect(result.layers.map(\.name) == VGGArchitecture.vgg16.layers.map(\.name))
        #expect(result.layers.allSatisfy { $0.millisecondsPerPicture > 0 && $0.gigaflops > 0 })
        // Winograd's F(4 x 4, 3 x 3) saves a factor of up to 4, less at the edges and in the first layer.
        let saving = result.directLimitMilliseconds / result.limitMilliseconds
        #expect(saving > 3.5 && saving < 4)
    }
}

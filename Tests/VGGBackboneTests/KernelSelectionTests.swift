import ExactArithmetic
import Testing

@testable import VGGBackbone

struct KernelSelectionTests {
    @Test("the fastest supported kernels are chosen when none are named")
    func choosesFastest() throws {
        let fastest = try #require(KernelSet.allCases.first { $0.isSupported })
        #expect(try KernelSet.selected(override: nil) == fastest)
        #expect(try KernelSet.selected(override: "") == fastest)
    }

    @Test("kernels that are named are taken", arguments: KernelSet.allCases.filter(\.isSupported))
    func takesNamed(kernels: KernelSet) throws {
        #expect(try KernelSet.selected(override: kernels.rawValue) == kernels)
    }

    @Test("a name that is unknown, or not this processor's, is an error that says so")
    func refuses() throws {
        #expect(throws: KernelError.unknown(name: "sse9")) { try KernelSet.selected(override: "sse9") }
        for kernels in KernelSet.allCases where !kernels.isSupported {
            #expect(throws: KernelError.unsupported(kernels)) {
                try KernelSet.selected(override: kernels.rawValue)
            }
        }
        #expect("\(KernelError.unknown(name: "sse9"))".contains("avx512, avx2, neon"))
    }
}

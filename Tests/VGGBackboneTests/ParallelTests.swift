import CKernels
import ExactArithmetic
import Foundation
import Testing

@testable import VGGBackbone

struct ParallelTests {
    @Test(
        "each block is done once, for any number of threads and blocks", arguments: [1, 2, 3, 8, 1000],
        [0, 1, 7, 500])
    func eachBlockOnce(threads: Int32, blocks: Int32) {
        var done = [Int32](repeating: 0, count: Int(blocks))
        done.withUnsafeMutableBufferPointer { done in
            headstart_parallel(
                threads, blocks,
                { context, block, thread in
                    context?.assumingMemoryBound(to: Int32.self)[Int(block)] += 1 + (thread < 0 ? 1 : 0)
                }, done.baseAddress)
        }
        #expect(done.allSatisfy { $0 == 1 })
    }

    @Test("callers at once, and extractors on several threads, don't disturb one another")
    func concurrentCallers() async throws {
        let kernels = try KernelSet.selected(override: nil)
        let expected = BackboneSelfTest.digest(kernels: kernels)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<5).allSatisfy { _ in BackboneSelfTest.digest(kernels: kernels) == expected }
                }
            }
            for await isSame in group { #expect(isSame) }
        }
    }
}

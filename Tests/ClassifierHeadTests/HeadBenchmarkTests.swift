import Testing

@testable import ClassifierHead

struct HeadBenchmarkTests {
    @Test("the benchmark reports a step, the memory's share and the bytes")
    func benchmarkReports() {
        let shape = HeadShape(featureCount: 600, hiddenUnits: 20, classCount: 3)
        let result = HeadBenchmark.run(
            shape: shape, batch: 10, zeros: 0.7, threads: 2, steps: 3, kernels: anyKernels)
        #expect(result.millisecondsPerStep > 0)
        #expect(result.memoryMilliseconds > 0)
        #expect(result.bytesPerStep == 6 * 4 * 600 * 20)
    }
}

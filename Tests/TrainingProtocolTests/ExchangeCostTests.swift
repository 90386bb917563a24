import Testing
import TrainingProtocol

@Suite("The bytes of a step")
struct ExchangeCostTests {
    private func cost(_ exchange: Exchange, zeros: Double, kept: Bool = false) -> ExchangeCost {
        ExchangeCost(
            exchange, batchSize: 32, featureCount: 25_088, hiddenUnits: 256, classCount: 2, zeros: zeros,
            workers: 2,
            featuresAreKept: kept)
    }

    @Test(
        "factors stay within the bounds asked: 1.3 MB up with ImageNet's zeros, 3.4 MB with few, 40 KB where kept"
    )
    func bounds() {
        #expect(cost(.factors, zeros: 0.71).bytesUp <= 1_300_000)
        #expect(cost(.factors, zeros: 0.39).bytesUp <= 3_400_000)
        #expect(cost(.factors, zeros: 0.71, kept: true).bytesUp == 32 * (256 + 2) * 4)
        #expect(cost(.factors, zeros: 0.71, kept: true).bytesUp <= 40_000)
    }

    @Test("dense gradients move a kernel for each chunk up and for each worker down")
    func dense() {
        let kernel = 25_088 * 256 * 4
        #expect(cost(.gradients, zeros: 0.71).bytesUp == 4 * (kernel + 4 * 514) + 32 * 256 * 4)
        #expect(cost(.gradients, zeros: 0.71).bytesDown == 2 * (kernel + 4 * 770))
    }
}

import ExactArithmetic

/// Measures a training step's pass over the first layer, and the time that memory access alone takes.
package enum HeadBenchmark {
    package struct Result: Sendable {
        /// The median time of a step: gradient from factors, Adam, and the next batch's sums.
        package let millisecondsPerStep: Double
        /// The median time of reading and writing the weights and moments once.
        package let memoryMilliseconds: Double
        /// The minimum number of bytes that a step reads and writes.
        package let bytesPerStep: Int
    }

    /// Runs `steps` steps on synthetic samples, and as many passes over the memory.
    ///
    /// - Parameter zeros: the share of features that are zero; 0.71 to 0.88 with ImageNet weights.
    package static func run(
        shape: HeadShape, batch: Int, zeros: Double, threads: Int, steps: Int, kernels: KernelSet,
        clock: some Clock<Duration> = ContinuousClock()
    ) -> Result {
        precondition(batch > 0 && steps > 0)
        let batches = (0..<2).map { round in
            (0..<batch).map { features(shape.featureCount, zeros: zeros, sample: UInt32(round * batch + $0)) }
        }
        let trainer = HeadTrainer(
            parameters: .initial(shape: shape, seed: 0), learningRate: 0.001, threads: threads,
            kernels: kernels)
        let gradients = stride(from: 0, to: batch, by: 8).map { first in
            gradient(samples: min(8, batch - first), shape: shape)
        }
        let stepTimes = (0..<steps).map { step in
            clock.measure {
                let now = batches[step % 2]
                let chunks = gradients.enumerated().map { chunk, gradient in
                    (Array(now[8 * chunk..<8 * chunk + gradient.losses.count]), gradient)
                }
                _ = trainer.applyFactors(chunks, next: batches[(step + 1) % 2])
            }
        }
        let memoryTimes = (0..<steps).map { _ in clock.measure { trainer.walkThroughMemory() } }
        return Result(
            millisecondsPerStep: median(stepTimes), memoryMilliseconds: median(memoryTimes),
            bytesPerStep: 6 * 4 * shape.kernelCount)
    }

    private static func features(_ count: Int, zeros: Double, sample: UInt32) -> SparseFeatures {
        var generator = CounterBasedGenerator(seed: 0, purpose: .samplePictures, index: sample)
        return SparseFeatures(
            (0..<count).map { _ in
                let unit = generator.nextUnit()
                return unit < zeros ? 0 : Float(unit)
            })
    }

    /// Deltas of typical size, half of them zero as after a ReLU.
    private static func gradient(samples: Int, shape: HeadShape) -> HeadChunkGradient {
        var generator = CounterBasedGenerator(seed: 0, purpose: .headInitialization)
        return HeadChunkGradient(
            delta: (0..<samples * shape.hiddenUnits).map { _ in
                max(0, Float(generator.nextUniform(in: -0.01...0.01)))
            },
            outputKernelGradient: .init(repeating: 0.001, count: shape.outputKernelCount),
            outputBiasGradient: .init(repeating: 0.001, count: shape.classCount),
            losses: .init(repeating: 0.5, count: samples), predictions: .init(repeating: 0, count: samples))
    }

    private static func median(_ times: [Duration]) -> Double {
        let middle = times.sorted()[times.count / 2]
        return middle / .milliseconds(1)
    }
}

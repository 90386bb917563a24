import ContentAddressing
import Foundation
import Synchronization
import VGGBackbone

/// The run's backbone weights, found and verified before anything begins.
struct RunWeights {
    /// The flat file; `nil` for random weights, which every process generates by itself.
    let path: String?
    /// "random:SEED", or empty for a file.
    let randomText: String
    /// Identifies the content to be fetched: the flat file's bytes, or the tensors of random weights.
    let contentDigest: ContentDigest
    let byteCount: Int
    /// Identifies the weights, whatever file they came from.
    let tensorDigest: ContentDigest

    init(_ source: WeightsSource, architecture: VGGArchitecture, environment: RuntimeEnvironment) throws {
        switch try environment.weightsResolver.resolve(source, architecture: architecture) {
        case .seeded(let seed):
            path = nil
            randomText = "random:\(seed)"
            tensorDigest = BackboneWeights.random(seed: seed, architecture: architecture).digest
            contentDigest = tensorDigest
            byteCount = 0
        case .file(let flat, let weights):
            path = flat
            randomText = ""
            tensorDigest = weights.digest
            (contentDigest, byteCount) = try ContentDigest.hashing(file: flat)
        }
    }
}

package func loadBackbone(
    _ source: WeightsSource, architecture: VGGArchitecture, environment: RuntimeEnvironment
) throws -> BackboneWeights {
    switch try environment.weightsResolver.resolve(source, architecture: architecture) {
    case .seeded(let seed): BackboneWeights.random(seed: seed, architecture: architecture)
    case .file(_, let weights): weights
    }
}

package struct ConversionError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension RuntimeEnvironment {
    /// Resolves weights in this user's folders; HDF5 is parsed by a process of its own, so that a damaged
    /// file can't harm this one.
    package var weightsResolver: WeightsResolver {
        let program = executablePath
        return WeightsResolver(kerasFolder: homeDirectory + "/.keras/models", cacheFolder: cacheDirectory) {
            source, target in
            let (end, lines) = try ChildProcess.run(
                program: program, arguments: ["weights", "convert", source, "--out", target])
            guard end != .exited(0) else { return }
            let reason = lines.last { $0.hasPrefix("error: ") }?.dropFirst("error: ".count)
            throw ConversionError(
                description: reason.map(String.init)
                    ?? "\(source): the conversion failed, \(end); try another copy of the file")
        }
    }
}

extension ChildProcess {
    /// Runs a program and waits for its end; returns its lines of standard error.
    static func run(program: String, arguments: [String]) throws(SpawnError) -> (
        end: ProcessEnd, lines: [String]
    ) {
        let lines = Collected()
        let ended = DispatchSemaphore(value: 0)
        _ = try ChildProcess(program: program, arguments: arguments) { line in
            lines.lines.withLock { $0.append(line) }
        } onEnd: { end in
            lines.end.withLock { $0 = end }
            ended.signal()
        }
        ended.wait()
        return (lines.end.withLock { $0 }, lines.lines.withLock { $0 })
    }

    private final class Collected: Sendable {
        let lines = Mutex<[String]>([])
        let end = Mutex(ProcessEnd.exited(0))
    }
}

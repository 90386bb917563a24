import ArgumentParser
import ClusterRuntime
import ContentAddressing
import Dispatch
import Foundation
import Synchronization
import VGGBackbone

/// `headstart weights`: works with the backbone's weights.
struct WeightsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "weights", abstract: "Shows, downloads and converts the backbone's weights.",
        discussion: """
            Example:
              headstart weights fetch
              headstart weights show imagenet
            """,
        subcommands: [WeightsShowCommand.self, WeightsFetchCommand.self, WeightsConvertCommand.self])
}

/// `headstart weights show`: prints what weights contain.
struct WeightsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what weights contain: the network, its digest, and each tensor.",
        discussion: """
            Checks that every tensor is present, has the right shape and is finite.

            Example:
              headstart weights show imagenet
            """)

    @Argument(
        help: "imagenet, random:SEED, or a .h5 or .safetensors file.",
        completion: .file(extensions: ["h5", "safetensors"]))
    var weights: String

    @Option(help: .init("The network. (default: the one that a file holds, else vgg16)", valueName: "name"))
    var backbone: VGGArchitecture?

    @Flag(help: "Prints JSON instead.")
    var json = false

    @OptionGroup var cache: CacheFolderOptions

    /// The weights as --json prints them.
    private struct Content: Encodable {
        struct Tensor: Encodable {
            let name: String
            let shape: [Int]
            let sha256: String
        }
        let backbone: String
        let digest: String
        let tensors: [Tensor]

        init(_ weights: BackboneWeights) {
            backbone = weights.architecture.rawValue
            digest = weights.digest.hex
            tensors = weights.architecture.layers.enumerated().flatMap { index, layer in
                [
                    Tensor(
                        name: layer.name + "/kernel",
                        shape: [3, 3, layer.inputChannels, layer.outputChannels],
                        sha256: Self.digest(weights.kernels[index])),
                    Tensor(
                        name: layer.name + "/bias", shape: [layer.outputChannels],
                        sha256: Self.digest(weights.biases[index])),
                ]
            }
        }

        private static func digest(_ floats: [Float]) -> String {
            var hasher = ContentHasher()
            hasher.update(floats: floats)
            return hasher.finalize().hex
        }
    }

    func run() throws {
        let content = Content(try load())
        if json {
            print(try JSONText.pretty(content))
            return
        }
        print("\(content.backbone)  digest \(content.digest)")
        for tensor in content.tensors {
            let shape = tensor.shape.map(String.init).joined(separator: " x ")
            print("\(tensor.name)\t\(shape)\tsha256 \(tensor.sha256)")
        }
    }

    private func load() throws -> BackboneWeights {
        let source = try WeightsSource(option: weights)
        let environment = try cache.environment()
        do {
            return try loadBackbone(source, architecture: backbone ?? .vgg16, environment: environment)
        } catch WeightsError.otherNetwork(_, let found, _) where backbone == nil {
            return try loadBackbone(source, architecture: found, environment: environment)
        }
    }
}

/// `headstart weights convert`: converts weight files to safetensors.
struct WeightsConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Converts Keras' .h5 or .weights.h5 files to safetensors.",
        discussion: """
            Checks that every tensor is present, has the right shape and is finite. The result uses Keras 3 \
            names, such as block1_conv1/kernel.

            Example:
              headstart weights convert vgg16_notop.h5 --out vgg16.safetensors
            """)

    @Argument(help: "The file to read.", completion: .file())
    var source: String

    @Option(
        name: .customLong("out"), help: .init("The file to write.", valueName: "file"), completion: .file())
    var target: String

    /// A conversion takes a second or two, but HDF5's library loops forever on some damaged files.
    private static let cpuSecondsAtMost = 120

    func run() throws {
        let seconds = rlim_t(Self.cpuSecondsAtMost)
        var bound = rlimit(rlim_cur: seconds, rlim_max: seconds)
        setrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &bound)
        try WeightsConverter.convert(from: source, to: target)
    }
}

/// `headstart weights fetch`: downloads the official VGG16 file.
struct WeightsFetchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Downloads the official VGG16 weights (59 MB) and verifies them.",
        discussion: """
            An interrupted download continues where it stopped. If the right file is already there, nothing \
            is downloaded.

            Example:
              headstart weights fetch
            """)

    @OptionGroup var cache: CacheFolderOptions

    func run() throws {
        let environment = try cache.environment()
        let path = environment.weightsResolver.downloadPath(of: .vgg16)
        try FetchProgress(isTerminal: environment.terminalColumns != nil).fetch(to: path)
        print("\(path): the official file, verified")
    }
}

/// Downloads a file and shows the progress on standard error.
private final class FetchProgress: Sendable {
    private let isTerminal: Bool
    private let shownPercent = Mutex(-1)
    private let failure = Mutex<WeightsDownloadError?>(nil)

    init(isTerminal: Bool) { self.isTerminal = isTerminal }

    /// Downloads the file and returns when it is complete.
    func fetch(to path: String) throws {
        let done = DispatchSemaphore(value: 0)
        Task {
            do throws(WeightsDownloadError) {
                try await WeightsDownload(.vgg16).run(to: path, news: self.say) { self.show($0) }
            } catch {
                self.failure.withLock { $0 = error }
            }
            done.signal()
        }
        done.wait()
        if isTerminal { StandardError.write("\r\u{1B}[K") }
        if let error = failure.withLock({ $0 }) { throw error }
    }

    private func say(_ line: String) {
        StandardError.write(isTerminal ? "\r\u{1B}[K\(line)\n" : "\(line)\n")
    }

    private func show(_ bytes: Int) {
        let percent = bytes * 100 / OfficialWeights.vgg16.byteCount
        // Every percent on a terminal, every ten percent in a log.
        let step = isTerminal ? percent : percent / 10 * 10
        let isNew = shownPercent.withLock { shown in
            defer { shown = max(shown, step) }
            return step > shown
        }
        guard isNew else { return }
        StandardError.write(isTerminal ? "\r\(step) %" : "\(step) %\n")
    }
}

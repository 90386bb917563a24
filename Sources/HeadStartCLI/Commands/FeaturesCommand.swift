import ArgumentParser
import ClusterRuntime
import Foundation
import ModelFiles
import VGGBackbone

/// `headstart features`: writes the backbone's output for pictures.
struct FeaturesCommand: LoggingCommand {
    static let configuration = CommandConfiguration(
        commandName: "features",
        abstract: "Writes the backbone's features of each picture as a NumPy array.",
        discussion: """
            Writes DIR/<file name>.npy, float32 (7, 7, 512), for each picture. A picture that can't be read \
            is reported on standard error; the others are processed, and the exit code is 1.

            Example:
              headstart features photos/new --weights imagenet --npy features
            """)

    @Argument(help: "Pictures, or folders of them.", completion: .file())
    var paths: [String]

    @Option(
        help: .init("The backbone's weights: imagenet, random:SEED, or a file.", valueName: "weights"),
        completion: .file(extensions: ["h5", "safetensors"]))
    var weights: String

    @Option(help: .init("The network.", valueName: "name"))
    var backbone = VGGArchitecture.vgg16

    @Option(help: .init("How pixels are preprocessed: rescale, caffe or torch.", valueName: "name"))
    var preprocess = Preprocessing.rescale

    @Flag(help: "Applies each picture's EXIF orientation.")
    var exif = false

    @OptionGroup var limit: PixelLimitOption

    @Option(help: .init("The folder to write to.", valueName: "dir"), completion: .directory)
    var npy: String

    @OptionGroup(title: "Machine") var machine: MachineOptions

    @OptionGroup(title: "Log") var log: LogOptions

    func run() throws {
        let log = try log.settings()
        let source = try WeightsSource(option: weights)
        let pictures = try PictureFiles.expand(paths, log: log)
        let files = try PictureFiles.arrayFiles(for: pictures, in: npy)
        let environment = try machine.environment()
        let pipeline = try FeaturePipeline.open(
            backbone: loadBackbone(source, architecture: backbone, environment: environment),
            preprocessing: preprocess, honorsExifOrientation: exif, pixelLimit: limit.pixelLimit,
            threads: machine.threads ?? environment.processorCount,
            storeCapacityBytes: machine.storeCapacityBytes, environment: environment)
        try makeFolder(npy)
        var problems = 0
        func report(_ index: Int, _ reason: String) {
            problems += 1
            log.error("\(pictures[index]): \(reason)")
        }
        let side = VGGArchitecture.outputSize
        try PictureBatches.forEach(pictures) { batch in
            for (item, result) in zip(batch, pipeline.features(of: batch.map(\.task))) {
                switch result {
                case .success(let features):
                    try NumpyArray(
                        features.dense(), shape: [side, side, VGGArchitecture.featureCount / (side * side)]
                    ).write(to: files[item.index])
                case .failure(let problem): report(item.index, problem.description)
                }
            }
        } problem: {
            report($0, $1)
        }
        print("\(pictures.count - problems) pictures: \(npy.printable)")
        if problems > 0 { throw ExitCode(Exit.failed) }
    }
}

import ArgumentParser
import Foundation
import Imaging
import ModelFiles
import VGGBackbone

/// `headstart preview`: what the network sees of a picture.
struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Shows what the network sees: decoded, resized and, if asked for, augmented.",
        discussion: """
            For each picture DIR/<file name>.npy, uint8 (224, 224, 3), before preprocessing. With --augment, picture \
            number n of the arguments (from 0, folders counted picture by picture) gets the draw that training gives \
            to its picture number n.

            Example:
              headstart preview photos/train --npy seen --augment --seed 0 --epoch 3
            """)

    @Argument(help: "Pictures, or folders of them.")
    var paths: [String]

    @Option(help: .init("The folder to write to.", valueName: "dir"))
    var npy: String

    @Flag(help: "Augments, as training does.")
    var augment = false

    @Option(help: .init("The run's seed. (default: 0)", valueName: "number"))
    var seed: UInt64?

    @Option(help: .init("The epoch, from 0. (default: 0)", valueName: "number"))
    var epoch: UInt32?

    @Flag(help: "Turns pictures as their EXIF orientation says.")
    var exif = false

    func validate() throws {
        guard augment || seed == nil && epoch == nil else {
            throw ValidationError("--seed and --epoch are for draws; add --augment, or leave them out")
        }
    }

    func run() throws {
        let pictures = try PictureFiles.expand(paths)
        let files = try PictureFiles.arrayFiles(for: pictures, in: npy)
        try makeFolder(npy)
        var problems = 0
        for (index, picture) in pictures.enumerated() {
            do {
                let image = try ImageDecoder.decode(
                    PictureFiles.read(picture), fittedTo: VGGArchitecture.inputSize,
                    options: DecodingOptions(honorsExifOrientation: exif))
                try NumpyArray(
                    pixels(of: image, index: index),
                    shape: [VGGArchitecture.inputSize, VGGArchitecture.inputSize, 3]
                ).write(to: files[index])
            } catch let error as NumpyError {
                throw error
            } catch {
                problems += 1
                StandardError.error("\(picture): \(error)")
            }
        }
        print("\(pictures.count - problems) pictures: \(npy)")
        if problems > 0 { throw ExitCode(Exit.failed) }
    }

    private func pixels(of image: RGBImage, index: Int) -> [UInt8] {
        guard augment else { return image.pixels }
        let draw = AffineDraw.draw(
            ranges: AugmentationRanges(), seed: seed ?? 0, epoch: Int(epoch ?? 0), imageIndex: index)
        return image.warped(by: draw).values.map { UInt8(min(max($0.rounded(), 0), 255)) }
    }
}

/// Makes a folder for results, if it isn't there.
func makeFolder(_ path: String) throws(CommandFailure) {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
        throw CommandFailure("\(path): the folder can't be made; check the path and its permissions")
    }
}

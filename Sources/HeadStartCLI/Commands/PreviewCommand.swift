import ArgumentParser
import ClusterRuntime
import ContentAddressing
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
            For each picture DIR/<file name>.npy, uint8 (224, 224, 3), before preprocessing; or all of them in one \
            PNG file, row by row, labelled, with --augment as they are and augmented side by side. With --augment, \
            picture number n of the arguments (from 0, folders counted picture by picture) gets the draw that training gives to its picture number n. A training with \
            --validation-split, or one that leaves pictures out because they can't be read, counts only those that \
            it trains on: its numbers differ then.

            Example:
              headstart preview photos/train --png seen.png --augment --seed 0 --epoch 3
            """)

    @Argument(help: "Pictures, or folders of them.", completion: .file())
    var paths: [String]

    @Option(help: .init("The folder to write arrays to.", valueName: "dir"), completion: .directory)
    var npy: String?

    @Option(
        help: .init("The file to write a sheet of all pictures to.", valueName: "file"),
        completion: .file(extensions: ["png"]))
    var png: String?

    @Flag(help: "Augments, as training does.")
    var augment = false

    @Option(help: .init("The run's seed. (default: 0)", valueName: "number"))
    var seed: UInt64?

    @Option(help: .init("The epoch, from 0. (default: 0)", valueName: "number"))
    var epoch: UInt32?

    @Flag(help: "Turns pictures as their EXIF orientation says.")
    var exif = false

    @OptionGroup var limit: PixelLimitOption

    @OptionGroup(title: "Augmentation") var augmentation: AugmentationRangeOptions

    func validate() throws {
        guard npy != nil || png != nil else {
            throw ValidationError("nothing would be written; give --npy, --png or both")
        }
        guard augment || seed == nil && epoch == nil && augmentation.firstGiven == nil else {
            throw ValidationError(
                "--seed, --epoch, --shear, --zoom and --no-flip are for draws; add --augment, or leave them out"
            )
        }
    }

    /// The ranges to draw from; `nil` shows pictures as they are.
    private func ranges() throws(PlanError) -> AugmentationRanges? {
        guard augment else { return nil }
        let ranges = augmentation.applied(to: AugmentationRanges())
        try ranges.validate()
        return ranges
    }

    func run() throws {
        let ranges = try ranges()
        let pictures = try PictureFiles.expand(paths)
        let picturesPerCell = augment ? 2 : 1
        let capacity = ContactSheet.capacity / picturesPerCell
        guard png == nil || pictures.count <= capacity else {
            throw CommandFailure(
                "--png: \(pictures.count) pictures are too many for one sheet; give at most \(capacity)")
        }
        let files = try npy.map { try PictureFiles.arrayFiles(for: pictures, in: $0) }
        if let npy { try makeFolder(npy) }
        var sheet =
            png == nil ? nil : ContactSheet(count: pictures.count, picturesPerCell: picturesPerCell)
        var problems = 0
        for (index, picture) in pictures.enumerated() {
            let plain: RGBImage
            do { plain = try seen(picture) } catch {
                problems += 1
                StandardError.error("\(picture): \(error)")
                continue
            }
            let augmented = ranges.map { self.augmented(plain, index: index, ranges: $0) }
            if let files {
                let side = VGGArchitecture.inputSize
                try NumpyArray(augmented ?? plain.pixels, shape: [side, side, 3]).write(to: files[index])
            }
            sheet?.place(plain.pixels, cell: index, lines: Self.label(of: picture))
            if let augmented {
                let draw = "seed \(seed ?? 0), epoch \(epoch ?? 0)"
                sheet?.place(augmented, cell: index, place: 1, lines: ["augmented", draw])
            }
        }
        if let sheet, let png, problems < pictures.count {
            try DurableFile.write(png, bytes: PNGEncoder.encode(sheet.image), for: .shared)
        }
        let places = [npy, png].compactMap { $0?.printable }.joined(separator: ", ")
        print("\(pictures.count - problems) pictures: \(places)")
        if problems > 0 { throw ExitCode(Exit.failed) }
    }

    /// A picture's class, if it lies in a folder, and its file's name.
    private static func label(of picture: String) -> [String] {
        picture.split(separator: "/").suffix(2).map(String.init)
    }

    /// What the network gets of a picture, before augmentation and preprocessing.
    private func seen(_ picture: String) throws -> RGBImage {
        try ImageDecoder.decode(
            PictureFiles.read(picture), fittedTo: VGGArchitecture.inputSize,
            options: DecodingOptions(
                pixelLimit: limit.pixelLimit, honorsExifOrientation: exif))
    }

    /// The (224, 224, 3) values of the draw that training gives to picture `index`.
    private func augmented(_ picture: RGBImage, index: Int, ranges: AugmentationRanges) -> [UInt8] {
        let draw = AffineDraw.draw(
            ranges: ranges, seed: seed ?? 0, epoch: Int(epoch ?? 0), imageIndex: index)
        return picture.warped(by: draw).values.map { UInt8(min(max($0.rounded(), 0), 255)) }
    }
}

/// Makes a folder for results, if it isn't there.
func makeFolder(_ path: String) throws(CommandFailure) {
    do { try Folder.create(path, for: .shared) } catch {
        throw CommandFailure("\(path): the folder can't be made; check the path and its permissions")
    }
}

import ArgumentParser
import ClusterRuntime
import Files
import Foundation
import Imaging
import ModelFiles
import VGGBackbone

/// `headstart preview`: shows pictures as the network sees them.
struct PreviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Writes pictures as the network sees them: decoded, resized and optionally augmented.",
        discussion: """
            --npy writes DIR/<file name>.npy, uint8 (224, 224, 3), before preprocessing, for each picture. \
            --png writes all pictures to one labelled sheet, row by row; with --augment it shows each \
            picture as it is and augmented, side by side.

            With --augment, picture n of the arguments (from 0, with folders counted picture by picture) \
            gets the same random draw as picture n of a training run. A run with --validation-split, or one \
            that leaves out pictures that can't be read, numbers only the pictures it trains on, so its \
            numbers differ.

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

    @Flag(help: "Augments pictures as training does.")
    var augment = false

    @Option(help: .init("The run's seed. (default: 0)", valueName: "number"))
    var seed: UInt64?

    @Option(help: .init("The epoch, from 0. (default: 0)", valueName: "number"))
    var epoch: UInt32?

    @Flag(help: "Applies each picture's EXIF orientation.")
    var exif = false

    @OptionGroup var limit: PixelLimitOption

    @OptionGroup(title: "Augmentation") var augmentation: AugmentationRangeOptions

    func validate() throws {
        guard npy != nil || png != nil else {
            throw ValidationError("nothing would be written; give --npy, --png or both")
        }
        guard augment || seed == nil && epoch == nil && augmentation.firstGiven == nil else {
            throw ValidationError(
                "--seed, --epoch, --shear, --zoom and --no-flip need augmentation; add --augment, or leave them out"
            )
        }
    }

    /// The ranges to draw from; `nil` without augmentation.
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

    /// A picture's class, if it is in a folder, and its file name.
    private static func label(of picture: String) -> [String] {
        picture.split(separator: "/").suffix(2).map(String.init)
    }

    /// The picture decoded and resized, before augmentation and preprocessing.
    private func seen(_ picture: String) throws -> RGBImage {
        try ImageDecoder.decode(
            PictureFiles.read(picture), fittedTo: VGGArchitecture.inputSize,
            options: DecodingOptions(
                pixelLimit: limit.pixelLimit, honorsExifOrientation: exif))
    }

    /// The (224, 224, 3) values of `picture` with the random draw that training uses for picture `index`.
    private func augmented(_ picture: RGBImage, index: Int, ranges: AugmentationRanges) -> [UInt8] {
        let draw = AffineDraw.draw(
            ranges: ranges, seed: seed ?? 0, epoch: Int(epoch ?? 0), imageIndex: index)
        return picture.warped(by: draw).values.map { UInt8(min(max($0.rounded(), 0), 255)) }
    }
}

/// Creates a folder for results if it doesn't exist.
func makeFolder(_ path: String) throws(CommandFailure) {
    do { try Folder.create(path, for: .shared) } catch {
        throw CommandFailure("\(path): the folder can't be created; check the path and its permissions")
    }
}

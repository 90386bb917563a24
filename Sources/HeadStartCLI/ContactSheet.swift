import Imaging
import VGGBackbone

/// A picture with a grid of pictures as the network sees them, row by row, each with a label of two lines
/// below it.
struct ContactSheet {
    /// The most pictures. Such a sheet has about 8,500 pixels a side; few programs show larger ones.
    static let capacity = 1024
    /// Pixels between the two pictures of a cell (`innerGap`) and between cells (`gap`).
    static let innerGap = 4
    static let gap = 16
    /// The height of the two lines below a picture, in pixels.
    static let labelHeight = 44
    /// The side of a letter's pixel, in pixels of the sheet.
    private static let scale = 2
    private static let side = VGGArchitecture.inputSize
    private static let ground: UInt8 = 250
    private static let ink: UInt8 = 30

    /// Letters that fit below a picture, with some space to the next label.
    static let lettersPerLine = side / ((BitmapFont.width + 1) * scale) - 1

    private let picturesPerCell: Int
    private let columns: Int
    private let width: Int
    private let height: Int
    private var pixels: [UInt8]

    /// Creates an empty, roughly square sheet.
    ///
    /// - Parameters:
    ///   - count: the number of cells.
    ///   - picturesPerCell: pictures side by side in each.
    init(count: Int, picturesPerCell: Int = 1) {
        self.picturesPerCell = picturesPerCell
        let cellWidth = picturesPerCell * (Self.side + Self.innerGap) - Self.innerGap + Self.gap
        let cellHeight = Self.side + Self.labelHeight + Self.gap
        let square = (Double(count * cellHeight) / Double(cellWidth)).squareRoot()
        columns = min(max(1, Int(square.rounded())), max(count, 1))
        let rows = max(1, (count + columns - 1) / columns)
        width = columns * cellWidth + Self.gap
        height = rows * cellHeight + Self.gap
        pixels = Array(repeating: Self.ground, count: width * height * 3)
    }

    /// The position of a picture's top left pixel.
    func origin(cell: Int, place: Int = 0) -> (left: Int, top: Int) {
        let cellWidth = picturesPerCell * (Self.side + Self.innerGap) - Self.innerGap + Self.gap
        return (
            Self.gap + cell % columns * cellWidth + place * (Self.side + Self.innerGap),
            Self.gap + cell / columns * (Self.side + Self.labelHeight + Self.gap)
        )
    }

    /// Draws a picture's (224, 224, 3) values into a cell, with the lines below it.
    mutating func place(_ picture: [UInt8], cell: Int, place: Int = 0, lines: [String]) {
        let (left, top) = origin(cell: cell, place: place)
        for row in 0..<Self.side {
            let start = ((top + row) * width + left) * 3
            let from = row * Self.side * 3
            pixels.replaceSubrange(start..<start + Self.side * 3, with: picture[from..<from + Self.side * 3])
        }
        for (number, line) in lines.prefix(2).enumerated() {
            let lineHeight = (BitmapFont.height + 2) * Self.scale
            write(Self.fitted(line), left: left, top: top + Self.side + 6 + number * lineHeight)
        }
    }

    /// Truncates a line that is too long at its beginning, since names differ at their ends.
    static func fitted(_ line: String) -> String {
        let scalars = line.unicodeScalars
        guard scalars.count > lettersPerLine else { return line }
        return ".." + String(String.UnicodeScalarView(scalars.suffix(lettersPerLine - 2)))
    }

    private mutating func write(_ text: String, left: Int, top: Int) {
        for (number, scalar) in text.unicodeScalars.enumerated() {
            let start = left + number * (BitmapFont.width + 1) * Self.scale
            for y in 0..<BitmapFont.height * Self.scale {
                for x in 0..<BitmapFont.width * Self.scale
                where BitmapFont.isInk(scalar, row: y / Self.scale, column: x / Self.scale) {
                    let place = ((top + y) * width + start + x) * 3
                    for channel in place..<place + 3 { pixels[channel] = Self.ink }
                }
            }
        }
    }

    var image: RGBImage { RGBImage(width: width, height: height, pixels: pixels) }
}

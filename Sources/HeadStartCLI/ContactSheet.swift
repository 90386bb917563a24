import Imaging
import VGGBackbone

/// Pictures as the network sees them in a grid, row by row, for people to look at.
struct ContactSheet {
    /// More would be a picture of 7,300 pixels a side that few programs show.
    static let capacity = 1024
    /// Pixels between two pictures.
    static let gap = 4
    private static let side = VGGArchitecture.inputSize
    /// The ground that shows in gaps and places without a picture.
    private static let grey: UInt8 = 128

    private let columns: Int
    private let width: Int
    private let height: Int
    private var pixels: [UInt8]

    /// An empty sheet, about square, with places for `count` pictures.
    init(count: Int) {
        columns = max(1, Int(Double(count).squareRoot().rounded(.up)))
        let rows = max(1, (count + columns - 1) / columns)
        width = columns * (Self.side + Self.gap) - Self.gap
        height = rows * (Self.side + Self.gap) - Self.gap
        pixels = Array(repeating: Self.grey, count: width * height * 3)
    }

    /// Puts a picture's (224, 224, 3) values into a place.
    mutating func place(_ picture: [UInt8], at index: Int) {
        let left = index % columns * (Self.side + Self.gap)
        let top = index / columns * (Self.side + Self.gap)
        for row in 0..<Self.side {
            let start = ((top + row) * width + left) * 3
            let from = row * Self.side * 3
            pixels.replaceSubrange(start..<start + Self.side * 3, with: picture[from..<from + Self.side * 3])
        }
    }

    var image: RGBImage { RGBImage(width: width, height: height, pixels: pixels) }
}

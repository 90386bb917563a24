extension RGBImage {
    /// Scales the picture so that no side is longer than `side`, keeping its aspect ratio; each pixel is the
    /// mean of those it covers. For display only, never for training.
    package func thumbnail(side: Int) -> RGBImage {
        let longest = max(width, height)
        guard longest > side else { return self }
        let newWidth = max(1, width * side / longest)
        let newHeight = max(1, height * side / longest)
        return RGBImage(width: newWidth, height: newHeight) { target in
            pixels.withUnsafeBufferPointer { source in
                for row in 0..<newHeight {
                    let rows = row * height / newHeight..<(row + 1) * height / newHeight
                    for column in 0..<newWidth {
                        let columns = column * width / newWidth..<(column + 1) * width / newWidth
                        let mean = Self.mean(of: source, rows: rows, columns: columns, width: width)
                        let place = (row * newWidth + column) * 3
                        (target[place], target[place + 1], target[place + 2]) = mean
                    }
                }
            }
        }
    }

    private static func mean(
        of pixels: UnsafeBufferPointer<UInt8>, rows: Range<Int>, columns: Range<Int>, width: Int
    ) -> (UInt8, UInt8, UInt8) {
        var (red, green, blue) = (0, 0, 0)
        for row in rows {
            for column in columns {
                let place = (row * width + column) * 3
                red += Int(pixels[place])
                green += Int(pixels[place + 1])
                blue += Int(pixels[place + 2])
            }
        }
        let count = rows.count * columns.count
        return (UInt8(red / count), UInt8(green / count), UInt8(blue / count))
    }
}

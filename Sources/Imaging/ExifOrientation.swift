/// How a picture must be turned to stand upright: the values of EXIF's orientation tag.
enum ExifOrientation: UInt16 {
    case upright = 1
    case flippedLeftRight = 2
    case turnedHalf = 3
    case flippedTopBottom = 4
    case transposed = 5
    case turnedRight = 6
    case transversed = 7
    case turnedLeft = 8

    /// The orientation that the EXIF data of a JPEG, PNG or WebP file tells; upright if there is none.
    init(of bytes: UnsafeRawBufferPointer, kind: ImageKind) {
        let data: UnsafeRawBufferPointer? =
            switch kind {
            case .jpeg: Self.exifOfJPEG(bytes)
            case .png: (try? PNGChunks(checking: bytes))?.exif
            case .webp: Self.exifOfWebP(bytes)
            case .bmp, .pnm, .tiff, .gif: nil
            }
        self = data.flatMap { Self(exif: $0) } ?? .upright
    }

    /// Reads tag 274 of the first directory of EXIF data, which are laid out as a TIFF file.
    init?(exif data: UnsafeRawBufferPointer) {
        var data = data
        if data.count >= 6 && data[0] == UInt8(ascii: "E") {
            data = UnsafeRawBufferPointer(rebasing: data[6...])
        }
        guard data.count >= 8, data[0] == data[1] else { return nil }
        let isLittleEndian = data[0] == UInt8(ascii: "I")
        func word(_ offset: Int) -> UInt16 {
            isLittleEndian ? data.littleEndian16(at: offset) : data.bigEndian16(at: offset)
        }
        func long(_ offset: Int) -> UInt32 {
            isLittleEndian ? data.littleEndian32(at: offset) : data.bigEndian32(at: offset)
        }
        guard word(2) == 42 else { return nil }
        let directory = Int(long(4))
        guard directory + 2 <= data.count else { return nil }
        for entry in 0..<Int(word(directory)) {
            let offset = directory + 2 + 12 * entry
            guard offset + 12 <= data.count else { return nil }
            guard word(offset) == 274 else { continue }
            // The value lies in the entry's last four bytes, left-aligned: a SHORT, or where a writer erred a
            // LONG.
            self.init(rawValue: word(offset + 2) == 4 ? UInt16(clamping: long(offset + 8)) : word(offset + 8))
            return
        }
        return nil
    }

    /// The APP1 segment before the first scan that holds EXIF.
    private static func exifOfJPEG(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var offset = 2
        while offset + 4 <= bytes.count {
            guard bytes[offset] == 0xFF else { return nil }
            let marker = bytes[offset + 1]
            if marker == 0xFF {
                offset += 1
                continue
            }
            if marker == 0xDA { return nil }
            let count = Int(bytes.bigEndian16(at: offset + 2))
            let (start, end) = (offset + 4, offset + 2 + count)
            guard count >= 2, end <= bytes.count else { return nil }
            if marker == 0xE1, count >= 8, bytes[start..<(start + 6)].elementsEqual(Array("Exif\0\0".utf8)) {
                return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            }
            offset = end
        }
        return nil
    }

    /// The chunk `EXIF` of the RIFF container.
    private static func exifOfWebP(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        var offset = 12
        while offset + 8 <= bytes.count {
            let count = Int(bytes.littleEndian32(at: offset + 4))
            guard offset + 8 + count <= bytes.count else { return nil }
            if bytes[offset..<(offset + 4)].elementsEqual(Array("EXIF".utf8)) {
                return UnsafeRawBufferPointer(rebasing: bytes[(offset + 8)..<(offset + 8 + count)])
            }
            offset += 8 + count + count & 1
        }
        return nil
    }
}

extension RGBImage {
    /// The picture turned as Pillow's `ImageOps.exif_transpose` turns it.
    func upright(from orientation: ExifOrientation) -> RGBImage {
        if orientation == .upright { return self }
        let swapsSides = orientation.rawValue >= ExifOrientation.transposed.rawValue
        let (newWidth, newHeight) = swapsSides ? (height, width) : (width, height)
        return RGBImage(width: newWidth, height: newHeight) { target in
            for y in 0..<newHeight {
                for x in 0..<newWidth {
                    let (sourceX, sourceY) =
                        switch orientation {
                        case .upright: (x, y)
                        case .flippedLeftRight: (width - 1 - x, y)
                        case .turnedHalf: (width - 1 - x, height - 1 - y)
                        case .flippedTopBottom: (x, height - 1 - y)
                        case .transposed: (y, x)
                        case .turnedRight: (y, height - 1 - x)
                        case .transversed: (width - 1 - y, height - 1 - x)
                        case .turnedLeft: (width - 1 - y, x)
                        }
                    let (from, to) = (3 * (sourceY * width + sourceX), 3 * (y * newWidth + x))
                    for channel in 0..<3 { target[to + channel] = pixels[from + channel] }
                }
            }
        }
    }
}

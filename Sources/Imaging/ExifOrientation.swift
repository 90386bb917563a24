/// How a picture must be turned to be upright: the values of EXIF's orientation tag.
enum ExifOrientation: UInt16 {
    case upright = 1
    case flippedLeftRight = 2
    case turnedHalf = 3
    case flippedTopBottom = 4
    case transposed = 5
    case turnedRight = 6
    case transversed = 7
    case turnedLeft = 8

    /// The orientation from the EXIF data of a JPEG, PNG or WebP file, or else from its XMP packet; upright
    /// if it has neither. The TIFF decoder handles a TIFF file's orientation itself.
    init(of bytes: UnsafeRawBufferPointer, kind: ImageKind) {
        let (exif, xmp): ([UInt8], [UInt8]) =
            switch kind {
            case .jpeg: (try? JPEGMarkers(bytes)).map { ($0.exif, $0.xmp) } ?? ([], [])
            case .png: (try? PNGChunks(bytes).readingToEnd()).map { ($0.exif, $0.xmp) } ?? ([], [])
            case .webp: (Self.chunk("EXIF", of: bytes), Self.chunk("XMP ", of: bytes))
            case .bmp, .pnm, .tiff, .gif: ([], [])
            }
        self =
            exif.withRawBytes { Self(exif: $0) } ?? xmp.withRawBytes { Self(xmp: $0) } ?? .upright
    }

    /// Reads the orientation tag from EXIF data, which has the layout of a TIFF file and may be preceded by
    /// "Exif\0\0".
    init?(exif data: UnsafeRawBufferPointer) {
        var data = data
        while data.starts(with: Array("Exif\0\0".utf8)) {
            data = UnsafeRawBufferPointer(rebasing: data.dropFirst(6))
        }
        guard let orientation = TIFFDirectory(data)?.orientation else { return nil }
        self = orientation
    }

    /// Reads the first orientation in an XMP packet, given as an attribute or as an element.
    init?(xmp packet: UnsafeRawBufferPointer) {
        let name = Array("tiff:Orientation".utf8)
        var rest = packet[...]
        while let start = rest.firstIndex(of: name[0]) {
            rest = rest[start...]
            if rest.starts(with: name) {
                let value = rest.dropFirst(name.count).prefix(3)
                let opening = value.first == UInt8(ascii: ">") ? ">" : "=\""
                if value.starts(with: opening.utf8), let digit = value.dropFirst(opening.utf8.count).first,
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit)
                {
                    self.init(rawValue: UInt16(digit - UInt8(ascii: "0")))
                    return
                }
            }
            rest = rest.dropFirst()
        }
        return nil
    }

    /// The content of a chunk of the RIFF container; empty if there is none.
    private static func chunk(_ name: String, of bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var offset = 12
        while offset + 8 <= bytes.count {
            let count = Int(bytes.littleEndian32(at: offset + 4))
            guard offset + 8 + count <= bytes.count else { return [] }
            if bytes[offset..<(offset + 4)].elementsEqual(Array(name.utf8)) {
                return Array(bytes[(offset + 8)..<(offset + 8 + count)])
            }
            offset += 8 + count + count & 1
        }
        return []
    }
}

extension RGBImage {
    /// Turns the picture as Pillow's `ImageOps.exif_transpose` does.
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

/// The part of a GIF file before the first frame's pixels, read as Pillow reads it.
struct GIFFrame {
    /// The screen's size, enlarged where the frame extends beyond it.
    private(set) var screenWidth, screenHeight: Int

    /// The frame's place on the screen.
    private(set) var left = 0, top = 0, width = 0, height = 0

    private(set) var isInterlaced = false

    private(set) var transparent: Int?

    /// The palette, red, green, blue of each entry; `nil` if an index is itself the grey. A palette that maps
    /// each index to that grey counts as none.
    private(set) var palette: [UInt8]?

    /// The bits of the shortest code, and the offset of the codes.
    private(set) var minimumBits = 0, pixelOffset = 0

    init(_ bytes: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        var reader = Reader(bytes: bytes, position: 6)
        let screen = try reader.read(7)
        screenWidth = Int(screen.littleEndian16(at: 0))
        screenHeight = Int(screen.littleEndian16(at: 2))
        palette = try reader.readPalette(flags: screen[4])
        while true {
            switch try reader.read(1)[0] {
            case UInt8(ascii: ";"): throw .damaged(.gif, detail: "no picture in it")
            case UInt8(ascii: "!"): try readExtension(&reader)
            case UInt8(ascii: ","):
                try readPlace(&reader)
                return
            // A stray byte between blocks is skipped.
            default: continue
            }
        }
    }

    private mutating func readExtension(_ reader: inout Reader) throws(ImageDecodingError) {
        let label = try reader.read(1)[0]
        let block = reader.readBlock()
        if label == 0xF9, let block {
            guard block.count >= 3, block[0] & 1 == 0 || block.count >= 4 else {
                throw .damaged(.gif, detail: "a short graphic control block")
            }
            if block[0] & 1 == 1 { transparent = Int(block[3]) }
        }
        // Pillow skips the loop count as a block of its own, even if it is missing.
        if label == 0xFF, let block, block.starts(with: Array("NETSCAPE2.0".utf8)) { _ = reader.readBlock() }
        // If a comment's first block is empty, Pillow doesn't look for a second.
        if label == 0xFE && (block?.isEmpty ?? true) { return }
        while let block = reader.readBlock(), !block.isEmpty {}
    }

    private mutating func readPlace(_ reader: inout Reader) throws(ImageDecodingError) {
        let place = try reader.read(9)
        left = Int(place.littleEndian16(at: 0))
        top = Int(place.littleEndian16(at: 2))
        width = Int(place.littleEndian16(at: 4))
        height = Int(place.littleEndian16(at: 6))
        screenWidth = max(screenWidth, left + width)
        screenHeight = max(screenHeight, top + height)
        isInterlaced = place[8] & 64 != 0
        palette = try reader.readPalette(flags: place[8]) ?? palette
        minimumBits = Int(try reader.read(1)[0])
        pixelOffset = reader.position
    }

    /// The file's bytes with a read position.
    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        private(set) var position: Int

        mutating func read(_ count: Int) throws(ImageDecodingError) -> UnsafeRawBufferPointer {
            guard count <= bytes.count - position else { throw .truncated(.gif) }
            defer { position += count }
            return UnsafeRawBufferPointer(rebasing: bytes[position..<(position + count)])
        }

        /// Reads a block that starts with its length, or what is left of it; `nil` for an empty one, which
        /// ends a sequence of blocks.
        mutating func readBlock() -> UnsafeRawBufferPointer? {
            guard position < bytes.count, bytes[position] > 0 else {
                position = min(position + 1, bytes.count)
                return nil
            }
            let start = position + 1
            position = min(start + Int(bytes[position]), bytes.count)
            return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        }

        /// Reads the palette that follows a descriptor with these flags; `nil` if there is none or it isn't
        /// needed.
        mutating func readPalette(flags: UInt8) throws(ImageDecodingError) -> [UInt8]? {
            guard flags & 128 != 0 else { return nil }
            let entries = try read(3 << (Int(flags & 7) + 1))
            return entries.indices.allSatisfy { Int(entries[$0]) == $0 / 3 } ? nil : Array(entries)
        }
    }
}

/// Decodes the LZW codes of a GIF frame as Pillow does.
///
/// giflib isn't used, because it accepts codes that Pillow rejects, refuses a file that ends after its last
/// pixel, and stops at the end code, where Pillow reads on.
struct GIFPixels {
    private static let tableSize = 1 << 12

    /// Pillow reads a file in pieces of this size, which matters if the codes end before the pixels do.
    private static let pieceBytes = 1 << 16

    private let bytes: UnsafeRawBufferPointer
    private var position: Int
    private var available: Int
    private var blockBytes = 0
    private var bits: UInt32 = 0
    private var bitCount = 0

    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        self.bytes = bytes
        position = offset
        available = offset
    }

    private mutating func readPiece() throws(ImageDecodingError) {
        guard available < bytes.count else { throw .truncated(.gif) }
        available = min(available + Self.pieceBytes, bytes.count)
    }

    /// Reads the next `count` bits from blocks that each start with their length. A block that is cut off
    /// isn't begun.
    private mutating func readCode(_ count: Int) throws(ImageDecodingError) -> Int {
        while bitCount < count {
            if blockBytes > 0 {
                bits |= UInt32(bytes[position]) << UInt32(bitCount)
                bitCount += 8
                position += 1
                blockBytes -= 1
            } else if position < available, position + 1 + Int(bytes[position]) <= available {
                blockBytes = Int(bytes[position])
                position += 1
            } else {
                try readPiece()
            }
        }
        defer {
            bits >>= UInt32(count)
            bitCount -= count
        }
        return Int(bits) & ((1 << count) - 1)
    }

    /// Fills `target` with `width` x `height` indices, in order even if the file is interlaced.
    mutating func read(
        minimumBits: Int, isInterlaced: Bool, width: Int, height: Int,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        guard minimumBits <= 12 else { throw .damaged(.gif, detail: "codes of \(minimumBits) bits") }
        let impossible = ImageDecodingError.damaged(.gif, detail: "an impossible LZW code")
        let (clear, end) = (1 << minimumBits, (1 << minimumBits) + 1)
        var links = [Int](repeating: 0, count: Self.tableSize)
        var values = [UInt8](repeating: 0, count: Self.tableSize)
        var string = [UInt8](repeating: 0, count: Self.tableSize)
        var (next, codeBits) = (clear + 2, minimumBits + 1)
        var (lastCode, lastValue): (Int?, UInt8) = (nil, 0)
        var rows = GIFRows(height: height, isInterlaced: isInterlaced)
        var x = 0

        try readPiece()
        while true {
            var code = try readCode(codeBits)
            if code == clear {
                if lastCode != nil { (next, codeBits) = (clear + 2, minimumBits + 1) }
                lastCode = nil
                continue
            }
            if code == end {
                try readPiece()
                continue
            }
            // A code's string is produced last pixel first.
            var start = Self.tableSize
            if let previous = lastCode {
                let this = code
                guard code <= next else { throw impossible }
                if code == next {
                    start -= 1
                    string[start] = lastValue
                    code = previous
                }
                while code >= clear {
                    guard start > 0, code < Self.tableSize else { throw impossible }
                    start -= 1
                    string[start] = values[code]
                    code = links[code]
                }
                lastValue = UInt8(truncatingIfNeeded: code)
                if next < Self.tableSize {
                    values[next] = lastValue
                    links[next] = previous
                    if next == (1 << codeBits) - 1 && codeBits < 12 { codeBits += 1 }
                    next += 1
                }
                lastCode = this
            } else {
                guard code < clear else { throw impossible }
                lastValue = UInt8(truncatingIfNeeded: code)
                lastCode = code
            }

            for place in (start - 1)..<Self.tableSize {
                target[rows.row * width + x] = place < start ? lastValue : string[place]
                x += 1
                if x == width {
                    x = 0
                    guard rows.advance() else { return }
                }
            }
        }
    }
}

private struct GIFRows {
    private(set) var row = 0
    private let height: Int
    private var step: Int
    /// The remaining passes of an interlaced frame.
    private var passes: ArraySlice<(start: Int, step: Int)>

    init(height: Int, isInterlaced: Bool) {
        self.height = height
        step = isInterlaced ? 8 : 1
        passes = isInterlaced ? [(4, 8), (2, 4), (1, 2)] : []
    }

    /// Moves to the next row; false after the last.
    mutating func advance() -> Bool {
        row += step
        while row >= height {
            guard let pass = passes.popFirst() else { return false }
            (row, step) = pass
        }
        return true
    }
}

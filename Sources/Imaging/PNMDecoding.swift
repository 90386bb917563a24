/// PNM: P1 to P6, plain and binary, up to 16 bits.
enum PNMDecoding {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, options: DecodingOptions
    ) throws(ImageDecodingError) -> RGBImage {
        var reader = PNMReader(bytes: bytes)
        let format = try reader.readMagic()
        let width = try reader.readHeaderNumber()
        let height = try reader.readHeaderNumber()
        let isBilevel = format == 1 || format == 4
        let most = isBilevel ? 1 : try reader.readHeaderNumber()
        guard 0 < most && most < 65536 else { throw .damaged(.pnm, detail: "a largest value of \(most)") }
        try options.check(width: width, height: height, kind: .pnm)

        let channels = format == 3 || format == 6 ? 3 : 1
        let scale = SampleScale(most: most, isGray: channels == 1)
        return try RGBImage(decodedWidth: width, height: height) { (target) throws(ImageDecodingError) in
            switch format {
            case 1: try reader.readPlainBits(width * height, into: target)
            case 2, 3:
                try reader.readPlainSamples(count: width * height * channels, scale: scale, into: target)
            case 4: try reader.readBits(width: width, height: height, into: target)
            default: try reader.readSamples(count: width * height * channels, scale: scale, into: target)
            }
        }
    }
}

/// Scales a file's samples to 0...255 as Pillow does.
private struct SampleScale {
    let most: Int
    let isGray: Bool

    /// Greys of more than 8 bits are scaled to 0...65535 and then clipped at 255; everything else is scaled
    /// to 0...255.
    func value(of sample: Int) -> UInt8 {
        let outMost = isGray && most > 255 ? 65535.0 : 255.0
        let scaled = (Double(sample) / Double(most) * outMost).rounded(.toNearestOrEven)
        return UInt8(min(scaled, 255))
    }

    /// The value of every sample, including those above `most`, which binary files may hold.
    func table() -> [UInt8] { (0...(most > 255 ? 65535 : 255)).map(value(of:)) }
}

/// The bytes of a PNM file with a read position.
private struct PNMReader {
    let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private mutating func next() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// Reads the digit of `P1` to `P6`, which must be followed by white space.
    mutating func readMagic() throws(ImageDecodingError) -> Int {
        guard bytes.count >= 3, Self.isSpace(bytes[2]) else { throw .notAPicture }
        position = 3
        return Int(bytes[1] - UInt8(ascii: "0"))
    }

    /// Reads a number of the header; comments before it are skipped.
    mutating func readHeaderNumber() throws(ImageDecodingError) -> Int {
        var value: Int?
        var digits = 0
        while let byte = next() {
            if Self.isSpace(byte) {
                if value == nil { continue }
                break
            }
            if byte == UInt8(ascii: "#") {
                while let skipped = next(), skipped != 0x0A, skipped != 0x0D {}
                continue
            }
            guard let digit = Self.digit(byte), digits < 10 else {
                throw .damaged(.pnm, detail: "a header that isn't numbers")
            }
            value = (value ?? 0) * 10 + digit
            digits += 1
        }
        guard let value else { throw .truncated(.pnm) }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return digits.contains(byte) ? Int(byte - digits.lowerBound) : nil
    }

    /// The next byte outside comments. A comment is removed together with its line end, so the text before
    /// and after it joins.
    private mutating func nextOutsideComments() -> UInt8? {
        while let byte = next() {
            guard byte == UInt8(ascii: "#") else { return byte }
            while let skipped = next(), skipped != 0x0A, skipped != 0x0D {}
        }
        return nil
    }

    /// Pillow reads plain files in pieces of this size, and checks the bits after the last pixel up to the
    /// end of the piece.
    private static let pieceBytes = 1 << 20

    mutating func readPlainBits(
        _ count: Int, into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        let start = position
        var pixel = 0
        while pixel < count || (position - start) % Self.pieceBytes != 0 {
            guard let byte = nextOutsideComments() else {
                if pixel == count { return }
                throw .truncated(.pnm)
            }
            if Self.isSpace(byte) { continue }
            guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else {
                throw .damaged(.pnm, detail: "a bit that is neither 0 nor 1")
            }
            if pixel == count { continue }
            let gray: UInt8 = byte == UInt8(ascii: "1") ? 0 : 255
            for channel in 0..<3 { target[3 * pixel + channel] = gray }
            pixel += 1
        }
    }

    mutating func readPlainSamples(
        count: Int, scale: SampleScale, into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        let table = scale.table()
        for place in 0..<count {
            let sample = try readPlainNumber()
            guard sample <= scale.most else {
                throw .damaged(.pnm, detail: "the value \(sample) is too large")
            }
            store(table[sample], at: place, isGray: scale.isGray, in: target)
        }
    }

    private mutating func readPlainNumber() throws(ImageDecodingError) -> Int {
        var value: Int?
        var digits = 0
        while let byte = nextOutsideComments() {
            if Self.isSpace(byte) {
                if let value { return value }
                continue
            }
            guard let digit = Self.digit(byte), digits < 10 else {
                throw .damaged(.pnm, detail: "a value that isn't a number")
            }
            value = (value ?? 0) * 10 + digit
            digits += 1
        }
        guard let value else { throw .truncated(.pnm) }
        return value
    }

    mutating func readBits(
        width: Int, height: Int, into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        let rowBytes = (width + 7) / 8
        guard let target = target.baseAddress,
            let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress,
            rowBytes * height <= bytes.count - position
        else { throw .truncated(.pnm) }
        let table = ColorTable(grayBits: 1, inverted: true)
        for y in 0..<height {
            table.write(start + position + y * rowBytes, bits: 1, count: width, to: target + 3 * y * width)
        }
    }

    mutating func readSamples(
        count: Int, scale: SampleScale, into target: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImageDecodingError) {
        let sampleBytes = scale.most > 255 ? 2 : 1
        guard count * sampleBytes <= bytes.count - position else { throw .truncated(.pnm) }
        let table = scale.table()
        for place in 0..<count {
            let sample =
                sampleBytes == 1
                ? Int(bytes[position + place]) : Int(bytes.bigEndian16(at: position + 2 * place))
            store(table[sample], at: place, isGray: scale.isGray, in: target)
        }
    }

    private func store(
        _ value: UInt8, at place: Int, isGray: Bool, in target: UnsafeMutableBufferPointer<UInt8>
    ) {
        if isGray {
            for channel in 0..<3 { target[3 * place + channel] = value }
        } else {
            target[place] = value
        }
    }
}

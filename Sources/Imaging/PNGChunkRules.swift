/// Pillow's rules for chunks that hold no pixels.
struct PNGChunkRules {
    /// The region of the first frame of an animation: left, top, right, bottom.
    private(set) var region: [Int]?

    private var frameCount: Int?
    private var sequenceNumber: Int?
    private var textBytes = 0

    /// The limits for one unpacked text or profile, and for all texts together.
    private static let textLimit = 1 << 20
    private static let textSumLimit = 1 << 26

    /// Whether there is more than one frame. The main picture counts as an additional frame if no frame
    /// header precedes it.
    var isAnimated: Bool { frameCount.map { $0 + (region == nil ? 1 : 0) > 1 } ?? false }

    private static let shortest: [(name: PNGChunks.Name, count: Int)] = [
        (.init("gAMA"), 4), (.init("cHRM"), 32), (.init("sRGB"), 1), (.init("pHYs"), 9), (.init("acTL"), 8),
        (.frameControl, 26),
    ]

    /// Checks a whole chunk and returns the XMP packet if it holds one.
    mutating func check(
        _ name: PNGChunks.Name, _ content: UnsafeRawBufferPointer, header: PNGHeader
    ) throws(ImageDecodingError) -> [UInt8]? {
        if let rule = Self.shortest.first(where: { $0.name == name }), content.count < rule.count {
            throw .damaged(.png, detail: "a short ancillary chunk")
        }
        switch name {
        case .init("tRNS"):
            let needed = header.bits == 0 ? 0 : [0: 2, 2: 6][header.colorType] ?? 0
            guard content.count >= needed else { throw .damaged(.png, detail: "a short tRNS chunk") }
        case .init("acTL"): readFrameCount(content)
        case .frameControl: try readFrame(content, header: header)
        case .init("iCCP"):
            // If the profile's name isn't terminated, Pillow takes the first byte as the method.
            let start = content.firstIndex(of: 0).map { $0 + 1 } ?? 0
            guard start < content.count, content[start] == 0 else {
                throw .damaged(.png, detail: "a profile compressed by an unknown method")
            }
            _ = try unpack(content, from: start + 1)
        case .init("tEXt"):
            let (key, text) = Self.split(content, from: 0) ?? (0..<content.count, content.count)
            if !key.isEmpty { try countText(content.count - text) }
        case .init("zTXt"):
            guard let (key, text) = Self.split(content, from: 0), text < content.count else { return nil }
            guard content[text] == 0 else {
                throw .damaged(.png, detail: "a text compressed by an unknown method")
            }
            let unpacked = try unpack(content, from: text + 1)
            if !key.isEmpty { try countText(unpacked?.count ?? 0) }
        case .init("iTXt"): return try readInternationalText(content)
        default: break
        }
        return nil
    }

    private mutating func readInternationalText(
        _ content: UnsafeRawBufferPointer
    ) throws(ImageDecodingError) -> [UInt8]? {
        guard let (key, flags) = Self.split(content, from: 0), flags + 2 <= content.count,
            let (_, translated) = Self.split(content, from: flags + 2),
            let (_, start) = Self.split(content, from: translated)
        else { return nil }
        var text: [UInt8]?
        if content[flags] == 0 {
            text = Array(content[start...])
        } else if content[flags + 1] == 0 {
            text = try unpack(content, from: start)
        }
        guard let text else { return nil }
        try countText(text.count)
        return content[key].elementsEqual(Array("XML:com.adobe.xmp".utf8)) ? text : nil
    }

    /// The bytes up to the next zero, and the position after that zero.
    private static func split(
        _ content: UnsafeRawBufferPointer, from start: Int
    ) -> (before: Range<Int>, after: Int)? {
        guard let zero = content[start...].firstIndex(of: 0) else { return nil }
        return (start..<zero, zero + 1)
    }

    private func unpack(
        _ content: UnsafeRawBufferPointer, from start: Int
    ) throws(ImageDecodingError) -> [UInt8]? {
        try Inflater.content(
            of: UnsafeRawBufferPointer(rebasing: content[start...]), limit: Self.textLimit, kind: .png)
    }

    private mutating func countText(_ count: Int) throws(ImageDecodingError) {
        textBytes += count
        guard textBytes <= Self.textSumLimit else { throw .damaged(.png, detail: "texts without end") }
    }

    private mutating func readFrameCount(_ content: UnsafeRawBufferPointer) {
        let count = Int(content.bigEndian32(at: 0))
        if frameCount != nil {
            frameCount = nil
        } else if (1...0x8000_0000).contains(count) {
            frameCount = count
        }
    }

    private mutating func readFrame(
        _ content: UnsafeRawBufferPointer, header: PNGHeader
    ) throws(ImageDecodingError) {
        try countFrame(content.bigEndian32(at: 0))
        let (width, height) = (Int(content.bigEndian32(at: 4)), Int(content.bigEndian32(at: 8)))
        let (left, top) = (Int(content.bigEndian32(at: 12)), Int(content.bigEndian32(at: 16)))
        guard left + width <= header.width && top + height <= header.height else {
            throw .damaged(.png, detail: "a frame beyond the picture")
        }
        region = [left, top, left + width, top + height]
    }

    private mutating func countFrame(_ told: UInt32) throws(ImageDecodingError) {
        guard Int(told) == (sequenceNumber.map { $0 + 1 } ?? 0) else {
            throw .damaged(.png, detail: "frames out of order")
        }
        sequenceNumber = Int(told)
    }

    /// Checks the sequence number before a frame's pixels.
    mutating func checkFrameData(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, count: Int
    ) throws(ImageDecodingError) {
        guard count >= 4, offset + 4 <= bytes.count, let sequenceNumber else {
            throw .damaged(.png, detail: "a frame without its number")
        }
        guard Int(bytes.bigEndian32(at: offset)) == sequenceNumber + 1 else {
            throw .damaged(.png, detail: "frames out of order")
        }
        self.sequenceNumber = sequenceNumber + 1
    }
}

struct PNGHeader {
    private(set) var width = 0, height = 0
    private(set) var bits = 0, colorType = 0
    private(set) var isInterlaced = false

    static let gray = 0
    static let indexed = 3
    static let grayAlpha = 4

    /// The number of samples per pixel and their possible depths, by colour type.
    private static let varieties: [Int: (channels: Int, depths: Set<Int>)] = [
        0: (1, [1, 2, 4, 8, 16]), 2: (3, [8, 16]), 3: (1, [1, 2, 4, 8]), 4: (2, [8, 16]), 6: (4, [8, 16]),
    ]

    var isIndexed: Bool { bits > 0 && colorType == Self.indexed }

    var pixelBits: Int { bits * (Self.varieties[colorType]?.channels ?? 0) }

    /// Reads a header chunk. As in Pillow, the last header counts, except that an unknown colour type and
    /// depth leave the earlier ones in place.
    mutating func read(_ content: UnsafeRawBufferPointer) throws(ImageDecodingError) {
        guard content.count >= 13 else { throw .damaged(.png, detail: "a short IHDR chunk") }
        width = Int(content.bigEndian32(at: 0))
        height = Int(content.bigEndian32(at: 4))
        let (depth, type) = (Int(content[8]), Int(content[9]))
        if let variety = Self.varieties[type], variety.depths.contains(depth) {
            (bits, colorType) = (depth, type)
        }
        // The compression method isn't checked, since there is only one.
        guard content[11] == 0 else { throw .damaged(.png, detail: "filters of kind \(content[11])") }
        if content[12] != 0 { isInterlaced = true }
    }

    func check() throws(ImageDecodingError) {
        guard bits > 0 else { throw .damaged(.png, detail: "no header of a known variety") }
    }
}

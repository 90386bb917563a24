/// Reads the rows of a PNG file: inflates them with zlib and undoes their filters.
///
/// libpng isn't used, because Pillow also reads with zlib, and how far each reads decides what is refused.
/// Pillow stops after the last pixel, or where the compressed data ends with a row; the missing rows stay 0.
struct PNGPixels: ~Copyable {
    private var chunks: PNGChunks
    private var inflater: Inflater
    private var row: [UInt8] = []
    private var previous: [UInt8] = []

    init(_ chunks: PNGChunks) throws(ImageDecodingError) {
        self.chunks = chunks
        inflater = try Inflater()
    }

    /// The columns and rows of one pass of an interlaced file.
    struct Pass {
        let column, row, columnStep, rowStep: Int

        static let all = [
            Pass(column: 0, row: 0, columnStep: 8, rowStep: 8),
            Pass(column: 4, row: 0, columnStep: 8, rowStep: 8),
            Pass(column: 0, row: 4, columnStep: 4, rowStep: 8),
            Pass(column: 2, row: 0, columnStep: 4, rowStep: 4),
            Pass(column: 0, row: 2, columnStep: 2, rowStep: 4),
            Pass(column: 1, row: 0, columnStep: 2, rowStep: 2),
            Pass(column: 0, row: 1, columnStep: 1, rowStep: 2),
        ]

        static let whole = Pass(column: 0, row: 0, columnStep: 1, rowStep: 1)

        func width(of width: Int) -> Int { (width - column + columnStep - 1) / columnStep }
    }

    /// Calls `body` with the samples of each row of each pass, then reads to the end of the file.
    mutating func forEachRow(
        _ body: (_ samples: UnsafePointer<UInt8>, _ pass: Pass, _ y: Int) -> Void
    ) throws(ImageDecodingError) {
        let header = chunks.header
        try readPasses(header, body)
        try chunks.readRest()
    }

    private mutating func readPasses(
        _ header: PNGHeader, _ body: (_ samples: UnsafePointer<UInt8>, _ pass: Pass, _ y: Int) -> Void
    ) throws(ImageDecodingError) {
        let pixelBytes = (header.pixelBits + 7) / 8
        for pass in header.isInterlaced ? Pass.all : [.whole] {
            let rowBytes = (pass.width(of: header.width) * header.pixelBits + 7) / 8
            guard rowBytes > 0 else { continue }
            row = try [UInt8](count: rowBytes + 1) { _ in }
            previous = row
            for y in stride(from: pass.row, to: header.height, by: pass.rowStep) {
                try readRow()
                try PNGFilter.undo(&row, previous: previous, pixelBytes: pixelBytes)
                row.withUnsafeBufferPointer { row in
                    if let start = row.baseAddress { body(start + 1, pass, y) }
                }
                if inflater.isAtEnd { return }
                swap(&row, &previous)
            }
        }
    }

    private mutating func readRow() throws(ImageDecodingError) {
        var count = 0
        while count < row.count {
            if !inflater.hasSource { inflater.setSource(try chunks.readPiece()) }
            var failure: ImageDecodingError?
            let before = (count, inflater.isAtEnd)
            row.withUnsafeMutableBufferPointer { row in
                do throws(ImageDecodingError) {
                    _ = try inflater.inflate(into: row, from: &count, kind: .png)
                } catch { failure = error }
            }
            if let failure { throw failure }
            // After the end of the stream the rest is skipped, as is a piece that yields nothing.
            if before.0 == count && inflater.isAtEnd { inflater.setSource(try chunks.readPiece()) }
        }
    }
}

/// The filters that PNG applies before compression.
enum PNGFilter {
    /// `row` and `previous` begin with the filter's number.
    static func undo(
        _ row: inout [UInt8], previous: [UInt8], pixelBytes: Int
    ) throws(ImageDecodingError) {
        let filter = row[0]
        guard filter <= 4 else { throw .damaged(.png, detail: "a filter of number \(filter)") }
        let count = row.count
        row.withUnsafeMutableBufferPointer { row in
            previous.withUnsafeBufferPointer { above in
                let first = min(1 + pixelBytes, count)
                switch filter {
                case 1:
                    for place in first..<count { row[place] &+= row[place - pixelBytes] }
                case 2:
                    for place in 1..<count { row[place] &+= above[place] }
                case 3:
                    for place in 1..<first { row[place] &+= above[place] / 2 }
                    for place in first..<count {
                        let sum = UInt16(row[place - pixelBytes]) + UInt16(above[place])
                        row[place] &+= UInt8(truncatingIfNeeded: sum / 2)
                    }
                case 4:
                    for place in 1..<first { row[place] &+= above[place] }
                    for place in first..<count {
                        row[place] &+= paeth(
                            left: row[place - pixelBytes], above: above[place],
                            corner: above[place - pixelBytes])
                    }
                default: break
                }
            }
        }
    }

    /// The neighbour nearest to left + above - corner.
    private static func paeth(left: UInt8, above: UInt8, corner: UInt8) -> UInt8 {
        let (left16, above16, corner16) = (Int16(left), Int16(above), Int16(corner))
        let toLeft = abs(above16 - corner16)
        let toAbove = abs(left16 - corner16)
        let toCorner = abs(left16 + above16 - 2 * corner16)
        if toLeft <= toAbove && toLeft <= toCorner { return left }
        return toAbove <= toCorner ? above : corner
    }
}

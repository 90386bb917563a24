/// Writes a picture row by row and keeps only the wanted pixels: all of them, or those that a nearest resize
/// copies. A large picture thus needs little memory.
struct RowSampling: ~Copyable {
    private let width: Int
    private let columns: [Int32]?

    /// For each source row, and one row beyond, the first target row that is copied from this row or a later
    /// one; empty if all pixels are kept.
    private let firstTargets: [Int]

    /// - Parameter side: the side of the square to resize to; `nil` keeps every pixel.
    init(width: Int, height: Int, side: Int?) {
        self.width = width
        columns = side.map { NearestSampling.sources(for: $0, from: width) }
        guard let side else {
            firstTargets = []
            return
        }
        let sources = NearestSampling.sources(for: side, from: height)
        var target = 0
        firstTargets = (0...height).map { row in
            while target < side && sources[target] < row { target += 1 }
            return target
        }
    }

    /// Whether the result contains pixels of a row.
    func wants(row: Int) -> Bool { firstTargets.isEmpty || firstTargets[row] < firstTargets[row + 1] }

    /// Copies a row of RGB pixels to the target rows that show it.
    func write(_ line: UnsafePointer<UInt8>, row: Int, to target: UnsafeMutablePointer<UInt8>) {
        guard let columns else {
            (target + 3 * row * width).update(from: line, count: 3 * width)
            return
        }
        for place in firstTargets[row]..<firstTargets[row + 1] {
            let start = target + 3 * place * columns.count
            for (column, source) in columns.enumerated() {
                for channel in 0..<3 { start[3 * column + channel] = line[3 * Int(source) + channel] }
            }
        }
    }
}

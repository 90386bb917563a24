/// A picture that is written row after row, and of which only the pixels wanted are kept: all of them, or
/// those that a nearest resize copies. So a large picture needs little memory.
struct RowSampling: ~Copyable {
    private let width: Int
    private let columns: [Int32]?

    /// For each row of the source, and one beyond, the first row of the result that is copied from there or
    /// from below; empty where all are kept.
    private let firstTargets: [Int]

    /// - Parameter side: of the square to resize to; `nil` keeps every pixel.
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

    /// Whether the result has anything of a row.
    func wants(row: Int) -> Bool { firstTargets.isEmpty || firstTargets[row] < firstTargets[row + 1] }

    /// Puts the row of RGB pixels where the result shows it.
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

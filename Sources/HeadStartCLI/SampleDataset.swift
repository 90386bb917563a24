import Dispatch
import Files
import Foundation
import Imaging
import Synchronization

/// A folder of sample pictures, with `train` and `val` and in each a folder for every kind.
struct SampleDataset {
    let folder: String
    let kinds: [SampleKind]

    /// Draws and writes this many pictures of each kind; no picture depends on the others.
    func write(training: Int, validation: Int) throws {
        for (part, range) in [("train", 0..<training), ("val", training..<training + validation)] {
            for kind in kinds where !range.isEmpty {
                try write(kind, range, to: "\(folder)/\(part)/\(kind.rawValue)")
            }
        }
    }

    private func write(_ kind: SampleKind, _ range: Range<Int>, to folder: String) throws {
        try makeFolder(folder)
        let failure = Mutex<(any Error)?>(nil)
        DispatchQueue.concurrentPerform(iterations: range.count) { offset in
            let index = range.lowerBound + offset
            var drawing = SampleDrawing(kind: kind, index: index)
            let digits = String(index)
            let name = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            do {
                try DurableFile.write(
                    "\(folder)/\(kind.rawValue)-\(name).png",
                    bytes: PNGEncoder.encode(drawing.picture(of: kind)), for: .shared)
            } catch {
                failure.withLock { $0 = error }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}

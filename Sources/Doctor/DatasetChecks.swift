import ContentAddressing
import DatasetScanning
import Dispatch
import Foundation
import Imaging
import Synchronization
import VGGBackbone

/// The doctor's checks of picture folders.
package enum DatasetChecks {
    /// How many names of a longer list are shown.
    private static let shownAtMost = 3
    /// The largest class may have up to this many times the pictures of the smallest.
    private static let balance = 5
    private static let noDataset = "give a folder whose folders are the classes, two or more"

    /// - Parameters:
    ///   - directory: a folder of classes, or one that holds `train` and perhaps `val`.
    ///   - validation: the folder of validation pictures, if it lies elsewhere.
    package static func all(_ directory: String, validation: String?) -> [Check] {
        func isFolder(_ path: String) -> Bool {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
        }
        let holdsBoth = isFolder(directory + "/train")
        let train = holdsBoth ? directory + "/train" : directory
        let other = validation ?? (holdsBoth && isFolder(directory + "/val") ? directory + "/val" : nil)
        do throws(DatasetError) {
            let training = try DatasetScanner.scan(train)
            var checks = checks(of: training)
            if let other {
                let measured = try DatasetScanner.scan(other, options: ScanOptions(minimumClasses: 1))
                checks += [sharedPictures(training, measured), pictures(measured, "validation")]
            }
            return checks
        } catch {
            return [.fail("data", error: "\(error)", otherwise: noDataset)]
        }
    }

    private static func checks(of manifest: DatasetManifest) -> [Check] {
        [classes(manifest), pictures(manifest, "pictures"), duplicates(manifest)]
            + manifest.notes.prefix(shownAtMost).map {
                .warn("odd files", $0, "move it out of the folder if it isn't meant")
            }
    }

    private static func classes(_ manifest: DatasetManifest) -> Check {
        var counts = [Int](repeating: 0, count: manifest.classes.count)
        for picture in manifest.pictures { counts[picture.classIndex] += 1 }
        let (least, most) = (counts.min() ?? 0, counts.max() ?? 0)
        let each = least == most ? "\(most)" : "\(least) to \(most)"
        let found = "\(counts.count) with \(each) pictures each, \(manifest.pictures.count) in all"
        return most <= least * balance
            ? .ok("classes", found)
            : .warn("classes", found, "add pictures to the smallest: the largest is what will be guessed")
    }

    /// Decodes every picture, to find those that training would leave out and those smaller than the
    /// network's input.
    private static func pictures(_ manifest: DatasetManifest, _ name: String) -> Check {
        let found = Mutex((unreadable: [String](), small: [String]()))
        DispatchQueue.concurrentPerform(iterations: manifest.pictures.count) { index in
            let picture = manifest.pictures[index]
            let path = manifest.path(of: picture)
            guard let data = FileManager.default.contents(atPath: path),
                let image = try? ImageDecoder.decode([UInt8](data))
            else { return found.withLock { $0.unreadable.append(picture.relativePath) } }
            guard min(image.width, image.height) < VGGArchitecture.inputSize else { return }
            found.withLock { $0.small.append(picture.relativePath) }
        }
        let (unreadable, small) = found.withLock { ($0.unreadable.sorted(), $0.small.sorted()) }
        let bad = manifest.unreadable.map(\.relativePath) + unreadable
        if !bad.isEmpty {
            return .warn(
                name, "unreadable: \(shown(bad))",
                "replace them; training leaves them out and lists them in problems.csv")
        }
        if !small.isEmpty {
            return .warn(
                name,
                "a side below \(VGGArchitecture.inputSize) pixels: \(shown(small))",
                "larger ones hold more to learn from")
        }
        return .ok(name, "\(manifest.pictures.count), all readable and large enough")
    }

    private static func duplicates(_ manifest: DatasetManifest) -> Check {
        let groups = Dictionary(grouping: manifest.pictures, by: \.digest).values.filter { $0.count > 1 }
        guard !groups.isEmpty else { return .ok("duplicates", "none") }
        let twins = groups.map { group in group.map(\.relativePath).sorted().joined(separator: " = ") }
            .sorted()
        let isContradiction = groups.contains { Set($0.map(\.classIndex)).count > 1 }
        return .warn(
            "duplicates", "there more than once: \(shown(twins))",
            isContradiction ? "one is in two classes: keep it where it belongs" : "keep one of each")
    }

    private static func sharedPictures(_ training: DatasetManifest, _ measured: DatasetManifest) -> Check {
        let known = Dictionary(training.pictures.map { ($0.digest, $0.relativePath) }) { first, _ in first }
        let shared = measured.pictures.compactMap { picture in
            known[picture.digest].map { "\($0) = \(picture.relativePath)" }
        }.sorted()
        guard !shared.isEmpty else { return .ok("train and validation", "no picture is in both") }
        return .fail(
            "train and validation", "the same picture in both: \(shown(shared))",
            "remove them from one: what was learnt by heart looks like skill")
    }

    private static func shown(_ names: [String]) -> String {
        let rest = names.count - shownAtMost
        return names.prefix(shownAtMost).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

import DatasetScanning
import Foundation

/// The pictures that the arguments of a command name.
enum PictureFiles {
    /// Files as they are given, whatever their names; of folders the pictures in them, by the endings and in
    /// the order of training. What is left out of a folder is noted on standard error.
    static func expand(_ paths: [String], log: LogSettings = LogSettings()) throws -> [String] {
        var files: [String] = []
        for path in paths {
            guard isFolder(path) else {
                files.append(path)
                continue
            }
            let (pictures, notes) = try DatasetScanner.pictures(in: path)
            let start = path.hasSuffix("/") ? path : path + "/"
            for note in notes { log.note(start + note) }
            guard !pictures.isEmpty else {
                throw CommandFailure(
                    "\(path): no pictures are in this folder; give one with png, jpg, bmp or tiff files")
            }
            files += pictures.map { start + $0 }
        }
        return files
    }

    /// The files DIR/NAME.npy for pictures, which must not be told apart by their folders alone.
    static func arrayFiles(for pictures: [String], in directory: String) throws(CommandFailure) -> [String] {
        var firstOf: [String: String] = [:]
        var files: [String] = []
        for picture in pictures {
            let name = (picture as NSString).lastPathComponent
            if let first = firstOf.updateValue(picture, forKey: name), first != picture {
                throw CommandFailure(
                    "\(first) and \(picture) would both become \(directory)/\(name).npy; give one of them at a time"
                )
            }
            files.append("\(directory)/\(name).npy")
        }
        return files
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }

    /// A file's bytes.
    static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
        do { return try Array(Data(contentsOf: URL(filePath: path))) } catch {
            throw CommandFailure("it can't be read; check the path and its permissions")
        }
    }
}

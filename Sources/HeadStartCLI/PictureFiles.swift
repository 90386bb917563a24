import DatasetScanning
import Foundation

/// The picture files that a command's arguments name.
enum PictureFiles {
    /// Replaces each folder by its pictures, with the extensions and in the order of training; keeps files as
    /// given, whatever their names. Notes on standard error name what is left out of a folder.
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
                    "\(path): this folder has no pictures; give one with png, jpg, bmp or tiff files")
            }
            files += pictures.map { start + $0 }
        }
        return files
    }

    /// The files DIR/NAME.npy for pictures; throws if two pictures in different folders have the same name.
    static func arrayFiles(for pictures: [String], in directory: String) throws(CommandFailure) -> [String] {
        var firstOf: [String: String] = [:]
        var files: [String] = []
        for picture in pictures {
            let name = (picture as NSString).lastPathComponent
            if let first = firstOf.updateValue(picture, forKey: name), first != picture {
                throw CommandFailure(
                    "\(first) and \(picture) would both be written to \(directory)/\(name).npy; give one of them at a time"
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

    static func read(_ path: String) throws(CommandFailure) -> [UInt8] {
        do { return try Array(Data(contentsOf: URL(filePath: path))) } catch {
            throw CommandFailure("it can't be read; check the path and its permissions")
        }
    }
}

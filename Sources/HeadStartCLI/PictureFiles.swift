import ContentAddressing
import Foundation

/// The pictures that the arguments of a command name.
enum PictureFiles {
    /// What a folder's files are taken by, as in training; a file that is named itself is taken whatever its
    /// name.
    private static let endings: Set = ["png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff"]

    /// Files as they are given; of folders the pictures in them, in the order of training: a folder's own
    /// files by name, then its folders by name.
    static func expand(_ paths: [String]) throws(CommandFailure) -> [String] {
        var files: [String] = []
        for path in paths {
            guard isFolder(path) else {
                files.append(path)
                continue
            }
            let found = try pictures(
                in: path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path)
            guard !found.isEmpty else {
                throw CommandFailure(
                    "\(path): no pictures are in this folder; give one with png, jpg, bmp or tiff files")
            }
            files += found
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

    private static func pictures(in folder: String) throws(CommandFailure) -> [String] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
            throw CommandFailure("\(folder): the folder can't be listed; check its permissions")
        }
        let entries = names.filter { !$0.hasPrefix(".") }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { folder + "/" + $0 }
        var files: [String] = []
        var folders: [String] = []
        for entry in entries {
            if isFolder(entry) {
                folders.append(entry)
            } else if endings.contains((entry as NSString).pathExtension.lowercased()) {
                files.append(entry)
            }
        }
        for folder in folders { files += try pictures(in: folder) }
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

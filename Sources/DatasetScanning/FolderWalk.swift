import Files
import Glibc

/// Walks a data set's folders in Keras' order: classes by name; within a class, folders by path; within a
/// folder, files by name. All are in code-point order, which is the order of the UTF-8 bytes.
///
/// Source: `DirectoryIterator` and `_iter_valid_files` in `keras/src/legacy/preprocessing/image.py`, with
/// `follow_links=True`.
struct FolderWalk {
    /// A file with a picture's name.
    struct File: Sendable {
        let relativePath: String
        let classIndex: Int
    }

    let root: String
    let options: ScanOptions
    private let progress: ScanProgress
    /// The pictures directly in the root, which belong to no class.
    private(set) var ownPictures: [String] = []
    private(set) var classes: [String] = []
    private(set) var files: [File] = []
    private(set) var notes: [String] = []

    /// Identifies a folder, whatever path led to it.
    private struct Identity: Equatable {
        let device: dev_t
        let node: ino_t
    }

    /// As in Keras, no dot is required before them, and case is ignored.
    private static let endings = ["png", "jpg", "jpeg", "bmp", "ppm", "tif", "tiff"].map { Array($0.utf8) }

    init(root: String, options: ScanOptions, progress: ScanProgress) {
        self.root = root
        self.options = options
        self.progress = progress
    }

    /// Finds all classes and files; throws if a folder can't be listed or links form a circle.
    mutating func run() throws(DatasetError) {
        guard let status = Self.status(of: root) else {
            let error = FileSystemError(.inspect, path: root)
            throw error.code == ENOENT ? .missing(path: root) : .unreadable(error)
        }
        guard Self.isFolder(status) else { throw .notAFolder(path: root) }
        (classes, ownPictures) = try contents(of: "")
        for (index, name) in classes.enumerated() {
            var found: [(folder: String, names: [String])] = []
            try descend(into: name, ancestors: [Self.identity(status)], found: &found)
            // Keras sorts whole paths: "a-b/c" comes before "a/c", but "a" before "a-b".
            found.sort { $0.folder.utf8.lexicographicallyPrecedes($1.folder.utf8) }
            for (folder, names) in found {
                files += names.map { File(relativePath: folder + "/" + $0, classIndex: index) }
            }
        }
    }

    private mutating func descend(
        into folder: String, ancestors: [Identity], found: inout [(folder: String, names: [String])]
    ) throws(DatasetError) {
        let path = root + "/" + folder
        guard let status = Self.status(of: path) else {
            throw .unreadable(FileSystemError(.list, path: path))
        }
        let identity = Self.identity(status)
        guard !ancestors.contains(identity) else { throw .cycle(path: path) }
        guard !progress.isStopped else { throw .stopped(path: path) }
        let (folders, pictures) = try contents(of: folder)
        found.append((folder, pictures))
        progress.add(found: pictures.count)
        for name in folders {
            try descend(into: folder + "/" + name, ancestors: ancestors + [identity], found: &found)
        }
    }

    /// The folders and the pictures directly in a folder, each in order.
    private mutating func contents(of folder: String) throws(DatasetError) -> (
        folders: [String], pictures: [String]
    ) {
        let names: [Folder.Name]
        do { names = try Folder.names(in: root + "/" + folder) } catch { throw .unreadable(error) }
        var folders: [String] = []
        var pictures: [String] = []
        for name in names {
            let isPicture = Self.isPicture(name.bytes)
            guard let text = name.text else {
                // Such a name can't be sent in messages or written into reports.
                if isPicture || name.kind == UInt8(DT_DIR) {
                    notes.append(
                        "\(Self.joined(folder, Self.escaped(name.bytes))): left out, its name is not UTF-8")
                }
                continue
            }
            if Self.isFolder(name, path: root + "/" + Self.joined(folder, text)) {
                if name.bytes.first == UInt8(ascii: "."), !options.includesHiddenFolders {
                    notes.append("\(Self.joined(folder, text)): left out, a hidden folder")
                } else {
                    folders.append(text)
                }
            } else if isPicture {
                pictures.append(text)
            }
        }
        return (folders, pictures)
    }

    private static func isPicture(_ name: [UInt8]) -> Bool {
        endings.contains { ending in
            name.count >= ending.count
                && zip(name.suffix(ending.count), ending).allSatisfy { byte, letter in
                    ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte) == letter
                }
        }
    }

    /// Whether the name belongs to a folder or to a link to one; a broken link doesn't count.
    private static func isFolder(_ name: Folder.Name, path: String) -> Bool {
        switch Int(name.kind) {
        case Int(DT_DIR): true
        case Int(DT_LNK), Int(DT_UNKNOWN): status(of: path).map(isFolder) ?? false
        default: false
        }
    }

    private static func isFolder(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

    private static func identity(_ status: stat) -> Identity {
        Identity(device: status.st_dev, node: status.st_ino)
    }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    private static func joined(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder + "/" + name
    }

    /// The name with every byte outside printable ASCII as \xNN.
    private static func escaped(_ name: [UInt8]) -> String {
        name.map { byte in
            (0x20..<0x7f).contains(byte)
                ? String(UnicodeScalar(byte))
                : "\\x" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }
}

import Foundation

/// A folder as a power cut may leave it, after each of the calls that changed it.
///
/// The model is POSIX' and no file system's: what was written is safe once its file was synced, a name is
/// safe once its folder was. What is not safe may be there, be lost, or be there in part: the names up to any
/// of them or one of them alone, and the bytes as they are, not at all, or as zeros.
package struct PowerCut {
    /// A folder's content, by paths beneath it.
    package struct Remains {
        fileprivate(set) var folders: Set<String>
        fileprivate(set) var files: [String: [UInt8]]

        /// Writes it all into a folder.
        package func write(to folder: TemporaryFolder) throws {
            for name in folders.sorted() {
                try FileManager.default.createDirectory(
                    atPath: folder.path(name), withIntermediateDirectories: true)
            }
            for (name, bytes) in files where hasFolder(name) { try folder.write(name, bytes) }
        }

        /// A file goes with its folder.
        private func hasFolder(_ name: String) -> Bool {
            let folder = (name as NSString).deletingLastPathComponent
            return folder.isEmpty || folders.contains(folder)
        }
    }

    private let root: String
    private let before: Remains

    /// Takes the folder as it is for safe.
    package init(root: String) throws {
        self.root = root
        var remains = Remains(folders: [], files: [:])
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isFolder)
            if isFolder.boolValue {
                remains.folders.insert(name)
            } else {
                remains.files[name] = Array(try Data(contentsOf: URL(filePath: root + "/" + name)))
            }
        }
        before = remains
    }

    private enum Bytes: CaseIterable { case kept, lost, zeros }

    /// One change of a folder's names.
    private struct NameChange {
        enum Kind {
            case file(Int)
            case removal, folder
        }
        let kind: Kind
        let name: String
        /// What a rename removes.
        var oldName: String?
        var isSafe = false
    }

    private struct Content {
        var current: [UInt8] = []
        var safe: [UInt8] = []
    }

    /// Everything that may be left when the power goes after these calls.
    package func remains(after changes: some Sequence<FileChange>) -> [Remains] {
        var numbers = firstNumbers
        var contents = before.files.keys.sorted().map { name in
            let bytes = before.files[name] ?? []
            return Content(current: bytes, safe: bytes)
        }
        var names: [NameChange] = []
        for change in changes {
            switch change {
            case .create(let path):
                guard let name = relative(path) else { continue }
                numbers[name] = contents.count
                names.append(NameChange(kind: .file(contents.count), name: name))
                contents.append(Content())
            case .write(let path, let offset, let bytes):
                guard let number = relative(path).flatMap({ numbers[$0] }) else { continue }
                let missing = max(0, offset + bytes.count - contents[number].current.count)
                contents[number].current += [UInt8](repeating: 0, count: missing)
                contents[number].current.replaceSubrange(offset..<offset + bytes.count, with: bytes)
            case .truncate(let path, let count):
                guard let number = relative(path).flatMap({ numbers[$0] }) else { continue }
                let kept = contents[number].current.prefix(count)
                contents[number].current = kept + [UInt8](repeating: 0, count: count - kept.count)
            case .synchronize(let path):
                guard let name = path == root ? "" : relative(path) else { continue }
                if let number = numbers[name] { contents[number].safe = contents[number].current }
                for place in names.indices
                where (names[place].name as NSString).deletingLastPathComponent == name {
                    names[place].isSafe = true
                }
            case .rename(let old, let new):
                guard let old = relative(old), let new = relative(new), let number = numbers[old] else {
                    continue
                }
                numbers[old] = nil
                numbers[new] = number
                names.append(NameChange(kind: .file(number), name: new, oldName: old))
            case .remove(let path):
                guard let name = relative(path) else { continue }
                numbers[name] = nil
                names.append(NameChange(kind: .removal, name: name))
            case .makeFolder(let path):
                guard let name = relative(path) else { continue }
                names.append(NameChange(kind: .folder, name: name))
            }
        }
        let pending = names.indices.filter { !names[$0].isSafe }
        let surviving = (0...pending.count).map { Set(pending.prefix($0)) } + pending.map { [$0] }
        return surviving.flatMap { survivors in
            let changes = names.indices.filter { names[$0].isSafe || survivors.contains($0) }
                .map { names[$0] }
            return Bytes.allCases.map { remains(of: changes, contents: contents, bytes: $0) }
        }
    }

    private func remains(of changes: [NameChange], contents: [Content], bytes: Bytes) -> Remains {
        var folders = before.folders
        var numbers = firstNumbers
        for change in changes {
            if let old = change.oldName { numbers[old] = nil }
            switch change.kind {
            case .folder: folders.insert(change.name)
            case .removal: numbers[change.name] = nil
            case .file(let number): numbers[change.name] = number
            }
        }
        let files = numbers.mapValues { number in
            let content = contents[number]
            switch bytes {
            case .kept: return content.current
            case .lost: return content.safe
            case .zeros:
                let missing = max(0, content.current.count - content.safe.count)
                return content.safe + [UInt8](repeating: 0, count: missing)
            }
        }
        return Remains(folders: folders, files: files)
    }

    /// The files that are there at first, each with its number.
    private var firstNumbers: [String: Int] {
        Dictionary(uniqueKeysWithValues: before.files.keys.sorted().enumerated().map { ($1, $0) })
    }

    private func relative(_ path: String) -> String? {
        path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : nil
    }
}

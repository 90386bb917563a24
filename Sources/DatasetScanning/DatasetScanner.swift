import ContentAddressing
import Dispatch
import Synchronization

/// What a scan takes in beside the ordinary.
package struct ScanOptions: Sendable {
    /// Takes hidden folders as Keras does; by default they are left out, with a note.
    package var includesHiddenFolders = false
    /// Lets a class have no pictures, as Keras does; by default that is an error.
    package var allowsEmptyClasses = false

    /// Training needs two classes; pictures that a model is measured by may all be of one.
    package var minimumClasses = 2

    package init(
        includesHiddenFolders: Bool = false, allowsEmptyClasses: Bool = false, minimumClasses: Int = 2
    ) {
        self.includesHiddenFolders = includesHiddenFolders
        self.allowsEmptyClasses = allowsEmptyClasses
        self.minimumClasses = minimumClasses
    }
}

/// Finds a data set's classes and pictures as Keras' `flow_from_directory` does.
package enum DatasetScanner {
    /// Pictures hashed between two reports of progress.
    private static let batchSize = 256

    /// Scans `directory` and hashes every picture, with all processors.
    ///
    /// Pictures that can't be read are left out and listed in the manifest; a folder that can't be is an
    /// error.
    /// - Parameter progress: is called with the number of pictures hashed so far, on the calling thread.
    package static func scan(
        _ directory: String, options: ScanOptions = .init(), progress: ((Int) -> Void)? = nil
    ) throws(DatasetError) -> DatasetManifest {
        var walk = FolderWalk(root: directory, options: options)
        try walk.run()
        guard !walk.classes.isEmpty else {
            throw .noClasses(path: directory, pictureCount: walk.ownPictures.count)
        }
        var pictures: [PictureFile] = []
        var unreadable: [UnreadablePicture] = []
        for start in stride(from: 0, to: walk.files.count, by: batchSize) {
            let batch = Array(walk.files[start..<min(start + batchSize, walk.files.count)])
            for (file, result) in zip(batch, hash(batch, in: directory)) {
                switch result {
                case .success(let content):
                    pictures.append(
                        PictureFile(
                            relativePath: file.relativePath, classIndex: file.classIndex,
                            byteCount: content.byteCount, digest: content.digest))
                case .failure(let error):
                    unreadable.append(
                        UnreadablePicture(
                            relativePath: file.relativePath, classIndex: file.classIndex, error: error))
                }
            }
            progress?(start + batch.count)
        }
        let manifest = DatasetManifest(
            root: directory, classes: walk.classes, pictures: pictures, unreadable: unreadable,
            notes: walk.notes)
        try manifest.check(options)
        return manifest.notingEmptyClasses()
    }

    /// The paths from `directory` of every picture in it, in training's order: its own, which training leaves
    /// out, then those of each folder as of a class.
    package static func pictures(
        in directory: String
    ) throws(DatasetError) -> (paths: [String], notes: [String]) {
        var walk = FolderWalk(root: directory, options: .init())
        try walk.run()
        return (walk.ownPictures + walk.files.map(\.relativePath), walk.notes)
    }

    private typealias HashResult = Result<(digest: ContentDigest, byteCount: Int), FileSystemError>

    private static func hash(_ files: [FolderWalk.File], in directory: String) -> [HashResult] {
        let results = Mutex([HashResult?](repeating: nil, count: files.count))
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let path = directory + "/" + files[index].relativePath
            let result = HashResult { () throws(FileSystemError) in try ContentDigest.hashing(file: path) }
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0.compactMap { $0 } }
    }
}

import ContentAddressing
import Dispatch
import Files
import Synchronization

package struct ScanOptions: Sendable {
    /// Includes hidden folders, as Keras does; by default they are left out, with a note.
    package var includesHiddenFolders = false
    /// Allows classes without pictures, as Keras does; by default they are an error.
    package var allowsEmptyClasses = false

    /// Training needs two classes; pictures for evaluating a model may all be of one class.
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
    /// The number of pictures that a thread takes at a time.
    private static let stretch = 32

    /// Scans `directory` and hashes every picture whose digest isn't cached, on all processors.
    ///
    /// Pictures that can't be read are left out and listed in the manifest; a folder that can't be read is an
    /// error.
    ///
    /// - Parameters:
    ///   - digests: caches digests between scans; the manifest doesn't depend on it.
    ///   - progress: is updated during the scan, and can stop it.
    package static func scan(
        _ directory: String, options: ScanOptions = .init(), digests: FileDigests? = nil,
        progress: ScanProgress = ScanProgress()
    ) throws(DatasetError) -> DatasetManifest {
        var walk = FolderWalk(root: directory, options: options, progress: progress)
        try walk.run()
        guard !walk.classes.isEmpty else {
            throw .noClasses(path: directory, pictureCount: walk.ownPictures.count)
        }
        let results = hash(walk.files, in: directory, digests: digests, progress: progress)
        guard !progress.isStopped else { throw .stopped(path: directory) }
        var pictures: [PictureFile] = []
        pictures.reserveCapacity(walk.files.count)
        var unreadable: [UnreadablePicture] = []
        for (file, result) in zip(walk.files, results) {
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
        let manifest = DatasetManifest(
            root: directory, classes: walk.classes, pictures: pictures, unreadable: unreadable,
            notes: walk.notes)
        try manifest.check(options)
        return manifest.notingEmptyClasses()
    }

    /// The relative paths of all pictures in `directory`, in training's order: first the pictures directly in
    /// it, which training leaves out, then those of each folder, treated as a class.
    package static func pictures(
        in directory: String
    ) throws(DatasetError) -> (paths: [String], notes: [String]) {
        var walk = FolderWalk(root: directory, options: .init(), progress: ScanProgress())
        try walk.run()
        return (walk.ownPictures + walk.files.map(\.relativePath), walk.notes)
    }

    private typealias HashResult = Result<(digest: ContentDigest, byteCount: Int), FileSystemError>

    /// The files' results in order; incomplete if the scan was stopped.
    private static func hash(
        _ files: [FolderWalk.File], in directory: String, digests: FileDigests?, progress: ScanProgress
    ) -> [HashResult] {
        let starts = Array(stride(from: 0, to: files.count, by: stretch))
        let results = Mutex([[HashResult]](repeating: [], count: starts.count))
        DispatchQueue.concurrentPerform(iterations: starts.count) { index in
            guard !progress.isStopped else { return }
            let own = files[starts[index]..<min(starts[index] + stretch, files.count)].map { file in
                defer { progress.add(read: 1) }
                let path = directory + "/" + file.relativePath
                return HashResult { () throws(FileSystemError) in
                    guard let digests else { return try ContentDigest.hashing(file: path) }
                    return try digests.digest(of: path)
                }
            }
            results.withLock { $0[index] = own }
        }
        digests?.save()
        return results.withLock { Array($0.joined()) }
    }
}

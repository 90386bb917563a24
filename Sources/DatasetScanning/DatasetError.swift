import Files

package enum DatasetError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    case notAFolder(path: String)
    /// The folder contains no folders, only `pictureCount` pictures.
    case noClasses(path: String, pictureCount: Int)
    case oneClass(path: String, name: String)
    case emptyClass(path: String, name: String, unreadableCount: Int)
    case noPictures(path: String)
    /// A link leads to one of the folders that contain it.
    case cycle(path: String)
    /// A folder can't be listed, so pictures may be missing.
    case unreadable(FileSystemError)
    case stopped(path: String)

    package var description: String {
        switch self {
        case .missing(let path): "there is no folder \(path); check the path"
        case .notAFolder(let path): "\(path) is not a folder; give the folder that has one folder per class"
        case .noClasses(let path, let pictureCount):
            "\(path) has no class folders"
                + (pictureCount > 0 ? ", but \(pictureCount) pictures directly in it;" : ";")
                + " pictures must lie in one folder per class, such as \(path)/cats and \(path)/dogs"
        case .oneClass(let path, let name):
            "\(path) has only one class, \(name); put the pictures of another class into a folder beside it"
        case .emptyClass(let path, let name, let unreadableCount):
            "class \(name) in \(path) has no pictures"
                + (unreadableCount > 0 ? " but \(unreadableCount) that can't be read" : "")
                + "; add some (png, jpg, jpeg, bmp, ppm, tif, tiff), remove the folder,"
                + " or allow it with --allow-empty-classes"
        case .noPictures(let path):
            "the classes in \(path) have no pictures; add some (png, jpg, jpeg, bmp, ppm, tif, tiff)"
        case .cycle(let path): "the link \(path) leads to a folder that it lies in; remove it"
        case .unreadable(let error): error.description
        case .stopped(let path): "\(path) was not read to its end; start again"
        }
    }
}

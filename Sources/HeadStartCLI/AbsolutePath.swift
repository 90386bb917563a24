import Foundation
import VGGBackbone

extension String {
    /// The absolute path without a trailing slash, which names the same file from every working directory.
    /// Links and ".." stay as they are, and an empty path stays empty.
    var absolutePath: String {
        guard !isEmpty else { return self }
        var path = hasPrefix("/") ? self : FileManager.default.currentDirectoryPath + "/" + self
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}

extension WeightsSource {
    /// The same source, with an absolute path if it is a file.
    var absolute: WeightsSource {
        if case .file(let path) = self { .file(path.absolutePath) } else { self }
    }
}

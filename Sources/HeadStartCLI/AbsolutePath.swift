import Foundation
import VGGBackbone

extension String {
    /// The path from the root, so that it means the same file from every folder, without a slash at the end;
    /// links and ".." stay as they are, and an empty path stays empty.
    var absolutePath: String {
        guard !isEmpty else { return self }
        var path = hasPrefix("/") ? self : FileManager.default.currentDirectoryPath + "/" + self
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}

extension WeightsSource {
    /// The same with a file's path from the root.
    var absolute: WeightsSource {
        if case .file(let path) = self { .file(path.absolutePath) } else { self }
    }
}

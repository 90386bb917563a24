import Foundation

/// The project's own folder.
package enum ProjectFolder {
    /// Three folders above this file.
    package static let url = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}

/// The folder of larger data beside the project; tests that need it are skipped, by name, where it is absent.
package enum SharedFolder {
    /// `../shared` seen from the project's folder.
    package static let url = ProjectFolder.url.appending(path: "../shared").standardizedFileURL

    /// Whether it is there; for `.enabled(if:)` with the reason given as its comment.
    package static var isPresent: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// A file or folder in it.
    package static func path(_ relative: String) -> String { url.appending(path: relative).path }
}

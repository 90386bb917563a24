import Foundation

/// A new folder for one test, removed with this value.
package final class TemporaryFolder: Sendable {
    /// The folder's path, without a slash at the end.
    package let path: String

    package init() throws {
        path = FileManager.default.temporaryDirectory.path + "/headstart-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Where `relative` lies in the folder.
    package func path(_ relative: String) -> String { path + "/" + relative }

    /// Writes a file, with the folders above it, and returns its path.
    @discardableResult
    package func write(_ relative: String, _ content: some Sequence<UInt8>) throws -> String {
        let url = URL(filePath: path(relative))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content).write(to: url)
        return url.path
    }
}

import Foundation

/// A folder of what Keras computes for fixed inputs. `scripts/reference` wrote the project's own; where the
/// larger set is beside the project, everything is compared with that too.
package struct ReferenceFolder: Sendable, CustomStringConvertible {
    /// Seen from the project's folder.
    package let description: String

    /// The project's own, `Tests/Reference`.
    package static let own = ReferenceFolder(description: "Tests/Reference")

    /// Every one that is there.
    package static let all: [ReferenceFolder] = [own] + (SharedFolder.isPresent ? [larger] : [])

    private static let larger = ReferenceFolder(description: "../shared/golden")

    /// A file or folder in it.
    package func path(_ relative: String) -> String {
        ProjectFolder.url.appending(path: description).standardizedFileURL.appending(path: relative).path
    }

    /// A whole file in it.
    package func data(_ relative: String) throws -> Data {
        try Data(contentsOf: URL(filePath: path(relative)))
    }

    /// The names of files in a folder of it that end so, without that ending, in order.
    package func names(in folder: String, endingIn ending: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(folder))
            .filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.count)) }.sorted()
    }
}

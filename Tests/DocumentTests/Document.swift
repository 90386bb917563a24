import Foundation
import TestSupport

/// A Markdown file of the project, taken apart as far as the tests ask.
struct Document {
    /// A stretch of lines that is shown as code.
    struct Block {
        /// Of its first line.
        let number: Int
        /// What stands behind the fence; `nil` where it is indented.
        let language: String?
        let lines: [String]

        /// Whether it may be for a shell: fenced as such, or indented and of any kind.
        var mayHoldCommands: Bool {
            language.map { ["sh", "bash", "shell", "console"].contains($0) } ?? true
        }

        /// Whether it is for a shell as a whole.
        var isScript: Bool {
            language == "sh" || language == nil && lines.first?.hasPrefix("headstart ") ?? false
        }

        /// Its lines, those that end in a backslash joined with the next.
        var commands: [String] {
            lines.joined(separator: "\n").replacing(/\\\n\s*/, with: "").components(separatedBy: "\n")
        }
    }

    /// From the project's root.
    let name: String
    let blocks: [Block]
    /// What stands between single backquotes, with its line's number.
    let spans: [(number: Int, text: String)]

    /// README, `docs` and the READMEs under `deploy`, in order of their names.
    static let all: [Document] = {
        let walker = FileManager.default.enumerator(atPath: ProjectFolder.url.path)
        var names: [String] = []
        while let path = walker?.nextObject() as? String {
            if path.hasPrefix(".") { walker?.skipDescendants() }
            let isMeant =
                path == "README.md" || path.hasPrefix("docs/") && !path.hasPrefix("docs/decisions")
                || path.hasPrefix("deploy/") && path.hasSuffix("README.md")
            if isMeant, path.hasSuffix(".md") { names.append(path) }
        }
        return names.sorted().map(Document.init)
    }()

    init(_ name: String) {
        self.name = name
        let text = (try? String(contentsOf: ProjectFolder.url.appending(path: name), encoding: .utf8)) ?? ""
        var blocks: [Block] = []
        var spans: [(Int, String)] = []
        var open: (number: Int, language: String?, lines: [String])?
        var isAfterBlank = true
        func close() {
            if let block = open {
                blocks.append(Block(number: block.number, language: block.language, lines: block.lines))
            }
            open = nil
        }
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            let isFence = line.hasPrefix("```")
            let isIndented = line.hasPrefix("    ")
            if open?.language != nil {
                if isFence { close() } else { open?.lines.append(line) }
            } else if isFence {
                close()
                open = (index + 2, String(line.dropFirst(3)), [])
            } else if isIndented, open != nil || isAfterBlank {
                open = open ?? (index + 1, nil, [])
                open?.lines.append(String(line.dropFirst(4)))
            } else if !line.isEmpty {
                close()
                spans += line.matches(of: /`([^`]+)`/).map { (index + 1, String($0.1)) }
            }
            isAfterBlank = line.isEmpty
        }
        close()
        (self.blocks, self.spans) = (blocks, spans)
    }
}

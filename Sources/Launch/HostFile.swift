import Foundation

package enum HostFileError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String)
    case empty(path: String)
    case badLine(path: String, line: Int, problem: String)

    package var description: String {
        switch self {
        case .unreadable(let path): "\(path): the host file can't be read; check the path and its permissions"
        case .empty(let path): "\(path): no host is in it; write one a line, such as user@host workers=2"
        case .badLine(let path, let line, let problem):
            "\(path), line \(line): \(problem); write user@host:port workers=N threads=T program=PATH"
        }
    }
}

package struct WorkerHost: Sendable, Equatable {
    /// The SSH destination: a host name, an address, or an alias of SSH's configuration, with the user if one
    /// is given.
    package var destination: String
    /// The SSH port; `nil` leaves it to SSH's configuration.
    package var port: Int?
    package var workers = 1
    /// Threads of each worker; `nil` for every core.
    package var threads: Int?
    /// The `headstart` program on the host.
    package var program = "headstart"

    package init(destination: String) { self.destination = destination }
}

/// The hosts listed in a file, one per line: `user@host[:port] [workers=N] [threads=T] [program=PATH]`; `#`
/// begins a comment.
package struct HostFile: Sendable, Equatable {
    package let hosts: [WorkerHost]

    /// The most workers of one host; more is taken for a typing error.
    private static let workersAtMost = 256

    package init(path: String) throws(HostFileError) {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        try self.init(text: String(decoding: data, as: UTF8.self), path: path)
    }

    /// - Parameter path: for error messages.
    package init(text: String, path: String) throws(HostFileError) {
        var hosts: [WorkerHost] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.prefix { $0 != "#" }
            let words = content.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = words.first else { continue }
            do throws(Problem) {
                var host = try Self.host(first)
                for word in words.dropFirst() { try Self.apply(word, to: &host) }
                hosts.append(host)
            } catch {
                throw .badLine(path: path, line: number + 1, problem: error.text)
            }
        }
        guard !hosts.isEmpty else { throw .empty(path: path) }
        self.hosts = hosts
    }

    private struct Problem: Error {
        let text: String
    }

    private static func host(_ word: String) throws(Problem) -> WorkerHost {
        // SSH would take a leading dash for an option.
        guard !word.hasPrefix("-"), !word.contains("=") else { throw Problem(text: "\(word) is no host") }
        guard
            let match = word.wholeMatch(
                of: /((?:[^@\s\[\]]+@)?)(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^@\s:\[\]]+))(?::(\d{1,5}))?/)
        else {
            throw Problem(text: "\(word) is no host (an IPv6 address stands in brackets)")
        }
        let name = match.2 ?? match.3 ?? ""
        guard !name.hasPrefix("-") else { throw Problem(text: "\(word) is no host") }
        var host = WorkerHost(destination: String(match.1) + name)
        if let digits = match.4 {
            guard let port = Int(digits), (1...65_535).contains(port) else {
                throw Problem(text: "\(digits) is no port")
            }
            host.port = port
        }
        return host
    }

    private static func apply(_ word: String, to host: inout WorkerHost) throws(Problem) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty else { throw Problem(text: "\(word) isn't name=value") }
        let value = String(parts[1])
        switch parts[0] {
        case "workers": host.workers = try count(value, of: "workers", atMost: workersAtMost)
        case "threads": host.threads = try count(value, of: "threads", atMost: 1024)
        case "program": host.program = value
        default: throw Problem(text: "\(parts[0]) is not known")
        }
    }

    private static func count(_ text: String, of name: String, atMost most: Int) throws(Problem) -> Int {
        guard let count = Int(text), (1...most).contains(count) else {
            throw Problem(text: "\(name)=\(text) isn't a number from 1 to \(most)")
        }
        return count
    }
}

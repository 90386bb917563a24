package enum LivePageError: Error, Equatable, CustomStringConvertible {
    case noAddress(String)
    case unavailable(address: String, reason: String)

    package var description: String {
        switch self {
        case .noAddress(let text):
            "\"\(text)\" isn't an address; write HOST:PORT with a number for the host, such as 127.0.0.1:7780"
        case .unavailable(let address, let reason):
            "the live page can't listen at \(address): \(reason); take another address, or leave it out"
        }
    }
}

/// Where the live page listens.
package struct LivePageAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 address, or an IPv6 address without brackets.
    package let host: String
    package let port: UInt16

    /// Reads "HOST:PORT": 127.0.0.1:7780, [::1]:7780, localhost:7780.
    package init(parsing text: String) throws(LivePageError) {
        let parts = text.wholeMatch(of: /(?:\[([0-9A-Fa-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)|(localhost)):(\d{1,5})/)
        guard let parts, let port = UInt16(parts.4), let host = parts.1 ?? parts.2 ?? parts.3 else {
            throw .noAddress(text)
        }
        self.host = host == "localhost" ? "127.0.0.1" : String(host)
        self.port = port
    }

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    func with(port: UInt16) -> LivePageAddress { LivePageAddress(host: host, port: port) }

    var isIPv6: Bool { host.contains(":") }

    /// Whether only this machine can reach it.
    package var isLoopback: Bool { Self.isLoopback(host) }

    package var description: String { "\(isIPv6 ? "[\(host)]" : host):\(port)" }

    /// The URL for a browser; a page that listens everywhere is reached by its host's name.
    package func url(hostName: String) -> String {
        let isEverywhere = host == "0.0.0.0" || host == "::"
        return "http://\(isEverywhere ? "\(hostName):\(port)" : description)/"
    }

    /// Whether a host is this machine's own, by number or as `localhost`.
    static func isLoopback(_ host: some StringProtocol) -> Bool {
        host == "localhost" || host == "::1" || String(host).wholeMatch(of: /127\.\d+\.\d+\.\d+/) != nil
    }
}

/// An endpoint of the form `tcp://HOST:PORT`; libzmq takes port 70000 for 4464 and more that nobody meant.
package struct EndpointAddress {
    /// As it was written, brackets of an IPv6 address included.
    let host: Substring
    /// A number, or "*" for any.
    package let port: Substring

    /// Without the brackets of an IPv6 address.
    package var hostName: Substring { String(host).trimming("[", "]") }

    /// Takes an endpoint apart.
    package init(_ endpoint: String) throws(TransportError) {
        let scheme = "tcp://"
        guard endpoint.hasPrefix(scheme), let colon = endpoint.lastIndex(of: ":") else {
            throw .invalidEndpoint(endpoint: endpoint)
        }
        let start = endpoint.index(endpoint.startIndex, offsetBy: scheme.utf8.count)
        port = endpoint[endpoint.index(after: colon)...]
        guard start < colon, port == "*" || port.allSatisfy(\.isASCII) && UInt16(port) != nil else {
            throw .invalidEndpoint(endpoint: endpoint)
        }
        host = endpoint[start..<colon]
    }

    /// Whether only this machine can reach it. A name other than localhost may mean anything, so it isn't.
    var isLoopback: Bool {
        let host = host.lowercased().trimming("[", "]")
        if host == "localhost" || host == "::1" { return true }
        let parts = host.trimmingPrefix("::ffff:").split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension String {
    fileprivate func trimming(_ prefix: String, _ suffix: String) -> Substring {
        hasPrefix(prefix) && hasSuffix(suffix) ? dropFirst().dropLast() : self[...]
    }
}

extension TransportSettings {
    /// Whether an endpoint can be reached from this machine only, so that it may do without encryption.
    package static func isLoopback(_ endpoint: String) throws(TransportError) -> Bool {
        try EndpointAddress(endpoint).isLoopback
    }
}

/// An endpoint of the form `tcp://HOST:PORT`. It is parsed here because libzmq accepts mistakes: it takes
/// port 70000 for 4464, for example.
package struct EndpointAddress {
    /// As written, including the brackets of an IPv6 address.
    let host: Substring
    /// A number, or "*" for any.
    package let port: Substring

    /// Without the brackets of an IPv6 address.
    package var hostName: Substring { String(host).trimming("[", "]") }

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
}

extension String {
    func trimming(_ prefix: String, _ suffix: String) -> Substring {
        hasPrefix(prefix) && hasSuffix(suffix) ? dropFirst().dropLast() : self[...]
    }
}

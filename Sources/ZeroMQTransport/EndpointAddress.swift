/// An endpoint of the form `tcp://HOST:PORT`; libzmq takes port 70000 for 4464 and more that nobody meant.
struct EndpointAddress {
    /// As it was written, brackets of an IPv6 address included.
    let host: Substring

    init(_ endpoint: String) throws(TransportError) {
        let scheme = "tcp://"
        guard endpoint.hasPrefix(scheme), let colon = endpoint.lastIndex(of: ":") else {
            throw .invalidEndpoint(endpoint: endpoint)
        }
        let start = endpoint.index(endpoint.startIndex, offsetBy: scheme.utf8.count)
        let port = endpoint[endpoint.index(after: colon)...]
        guard start < colon, port == "*" || port.allSatisfy(\.isASCII) && UInt16(port) != nil else {
            throw .invalidEndpoint(endpoint: endpoint)
        }
        host = endpoint[start..<colon]
    }
}

import Files

package enum WeightsDownloadError: Error, Equatable, CustomStringConvertible {
    case invalidAddress(url: String)
    /// Every attempt failed to connect or was interrupted; the received bytes are kept.
    case interrupted(url: String, reason: String, receivedByteCount: Int, byteCount: Int)
    /// The server answered with something other than the file.
    case refused(url: String, status: Int)
    case wrongSize(url: String, byteCount: Int, expected: Int)
    case wrongDigest(url: String, md5: String, expected: String)
    case inProgress(path: String)
    case fileSystem(FileSystemError)

    package var description: String {
        switch self {
        case .invalidAddress(let url): "\(url) is no web address; give one that begins with https://"
        case .interrupted(let url, let reason, let received, let byteCount):
            "\(url) can't be downloaded: \(reason) (\(received) of \(byteCount) bytes are kept);"
                + " check the network and run the command again, it goes on from there"
        case .refused(let url, let status):
            "\(url) can't be downloaded: the server answers with HTTP status \(status);"
                + " check the address, or get the file elsewhere and give it as --weights FILE"
        case .wrongSize(let url, let byteCount, let expected):
            "\(url) has \(byteCount) bytes and not \(expected), so that it isn't the file; nothing was kept;"
                + " check the address, and what stands between here and the server"
        case .wrongDigest(let url, let md5, let expected):
            "what came from \(url) has MD5 \(md5) and not \(expected); nothing was kept;"
                + " run the command again, or check what stands between here and the server"
        case .inProgress(let path):
            "another process is downloading \(path); wait for it, or stop it"
        case .fileSystem(let error): error.description
        }
    }
}

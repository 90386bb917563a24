import Files
import Foundation
import FoundationNetworking
import Synchronization

/// One request for the missing part of a file, whose answer is written to the file as it arrives.
final class HTTPTransfer: NSObject, URLSessionDataDelegate {
    enum Outcome: Sendable {
        /// The server has sent everything that it wanted to.
        case ended
        /// A retry may help.
        case interrupted(reason: String)
        /// A retry won't help.
        case refused(status: Int)
        case failed(FileSystemError)
    }

    private struct State {
        /// The file offset of the next bytes.
        var offset = 0
        /// An outcome decided before the connection ended, which takes precedence.
        var outcome: Outcome?
        var continuation: CheckedContinuation<Outcome, Never>?
    }

    private let url: URL
    private let partial: PartialFile
    private let byteCount: Int
    private let silenceSeconds: Double
    private let progress: @Sendable (Int) -> Void
    private let state = Mutex(State())

    init(
        url: URL, into partial: PartialFile, byteCount: Int, silenceSeconds: Double,
        progress: @escaping @Sendable (Int) -> Void
    ) {
        self.url = url
        self.partial = partial
        self.byteCount = byteCount
        self.silenceSeconds = silenceSeconds
        self.progress = progress
    }

    func run() async -> Outcome {
        let present: Int
        do { present = Int(try partial.file.status().st_size) } catch { return .failed(error) }
        var request = URLRequest(
            url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: silenceSeconds)
        // With compression, the answer's bytes wouldn't be a range of the file.
        request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
        if present > 0 {
            request.setValue("bytes=\(present)-", forHTTPHeaderField: "Range")
        }
        let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        return await withCheckedContinuation { continuation in
            state.withLock {
                $0.offset = present
                $0.continuation = continuation
            }
            session.dataTask(with: request).resume()
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        let answer = response as? HTTPURLResponse
        let outcome = state.withLock { state in
            state.outcome = judge(answer, offset: &state.offset)
            return state.outcome
        }
        completionHandler(outcome == nil ? .allow : .cancel)
    }

    /// Judges an answer by its status and headers; `nil` accepts the body, from `offset` on.
    private func judge(_ answer: HTTPURLResponse?, offset: inout Int) -> Outcome? {
        switch answer?.statusCode ?? 0 {
        case 206:
            let range = answer?.value(forHTTPHeaderField: "Content-Range") ?? ""
            if range.hasPrefix("bytes \(offset)-") { return nil }
            return restart(&offset) ?? .interrupted(reason: "the server sent another part than was asked for")
        case 200: return offset == 0 ? nil : restart(&offset)
        case 416: return restart(&offset) ?? .interrupted(reason: "the server has less than was received")
        case 408, 429, 500...599:
            return .interrupted(reason: "the server answers with HTTP status \(answer?.statusCode ?? 0)")
        case let status: return .refused(status: status)
        }
    }

    private func restart(_ offset: inout Int) -> Outcome? {
        offset = 0
        do {
            try partial.file.truncate(to: 0)
            return nil
        } catch {
            return .failed(error)
        }
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let goesOn = state.withLock { state in
            guard state.outcome == nil else { return false }
            state.outcome = write(data, at: state.offset)
            state.offset += data.count
            // One byte more than expected shows that it is another file, so the rest isn't needed.
            if state.offset > byteCount { state.outcome = .ended }
            return state.outcome == nil
        }
        if goesOn {
            progress(state.withLock { $0.offset })
        } else {
            dataTask.cancel()
        }
    }

    private func write(_ data: Data, at offset: Int) -> Outcome? {
        let bytes = ContiguousArray(data)
        do throws(FileSystemError) {
            try bytes.withUnsafeBufferPointer { (buffer) throws(FileSystemError) in
                try partial.file.write(UnsafeRawBufferPointer(buffer), at: offset)
            }
            return nil
        } catch {
            return .failed(error)
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        let (continuation, outcome) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.outcome)
        }
        continuation?.resume(
            returning: outcome ?? error.map { .interrupted(reason: Self.words(for: $0)) } ?? .ended)
    }

    private static func words(for error: any Error) -> String {
        switch (error as? URLError)?.code {
        case .cannotFindHost, .dnsLookupFailed: "the server's name is unknown"
        case .cannotConnectToHost: "no connection to the server"
        case .timedOut: "the server was silent for too long"
        case .networkConnectionLost: "the connection was cut"
        case .secureConnectionFailed, .serverCertificateUntrusted, .serverCertificateHasBadDate,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid:
            "the server's certificate can't be verified"
        default: error.localizedDescription
        }
    }
}

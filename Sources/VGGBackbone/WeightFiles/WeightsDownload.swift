import ContentAddressing
import Files
import Foundation
import Glibc

/// Downloads a published weight file: resumes, retries, verifies size and MD5, and moves the file into place
/// durably.
package struct WeightsDownload: Sendable {
    package struct Patience: Sendable {
        /// The total number of connection attempts.
        package var attempts = 8
        /// The pause before the second attempt, which doubles for each later one.
        package var firstPause = Duration.milliseconds(500)
        /// The timeout after which a silent connection is given up.
        package var silenceSeconds = 30.0

        package init() {}
    }

    package let file: OfficialWeights
    package let patience: Patience

    package init(_ file: OfficialWeights = .vgg16, patience: Patience = Patience()) {
        self.file = file
        self.patience = patience
    }

    /// Downloads the file to `path`; does nothing if the right file is there already.
    ///
    /// Received bytes are kept in `path` + ".partial" until the file is complete, across attempts and runs.
    /// - Parameters:
    ///   - news: called at the start of the download, and before each pause with the reason the connection
    ///     failed.
    ///   - progress: called with the number of bytes received so far, from another thread.
    package func run(
        to path: String, news: @Sendable (String) -> Void = { _ in },
        progress: @escaping @Sendable (Int) -> Void
    ) async throws(WeightsDownloadError) {
        do throws(FileSystemError) {
            if try isRight(path) { return }
            if let slash = path.dropFirst().lastIndex(of: "/") {
                try Folder.create(String(path[..<slash]))
            }
        } catch {
            throw .fileSystem(error)
        }
        let partial = try PartialFile(path: path + ".partial")
        // The session releases the transfer, and with it the file, some time later.
        defer { partial.file.unlock() }
        try await receive(into: partial, news: news, progress: progress)
        do throws(FileSystemError) {
            try partial.file.synchronize()
            try DurableFile.move(partial.file.path, to: path)
        } catch {
            throw .fileSystem(error)
        }
    }

    private func isRight(_ path: String) throws(FileSystemError) -> Bool {
        do throws(FileSystemError) {
            return try PublishedChecksum.md5(ofFile: path) == file.md5
        } catch {
            guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
            return false
        }
    }

    private func receive(
        into partial: PartialFile, news: @Sendable (String) -> Void,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws(WeightsDownloadError) {
        guard let url = URL(string: file.url), ["http", "https"].contains(url.scheme) else {
            throw .invalidAddress(url: file.url)
        }
        var holdsOlderBytes = try partial.byteCount > 0
        var pause = patience.firstPause
        var reason = "it was not tried"
        news("fetching \(file.url), \((file.byteCount + 500_000) / 1_000_000) MB")
        for attempt in 0..<patience.attempts {
            if attempt > 0 {
                let next = "attempt \(attempt + 1) of \(patience.attempts)"
                news("\(reason); \(next) in \(pause / .seconds(1)) s")
                try? await Task.sleep(for: pause)
                pause *= 2
            }
            if try partial.byteCount < file.byteCount {
                let transfer = HTTPTransfer(
                    url: url, into: partial, byteCount: file.byteCount,
                    silenceSeconds: patience.silenceSeconds, progress: progress)
                switch await transfer.run() {
                case .ended: break
                case .interrupted(let cause): reason = cause
                case .refused(let status): throw .refused(url: file.url, status: status)
                case .failed(let error): throw .fileSystem(error)
                }
            }
            let received = try partial.byteCount
            if received < file.byteCount { continue }
            let fault = try fault(of: partial, byteCount: received)
            guard let fault else { return }
            try partial.restart()
            // Bytes of an earlier run may belong to another file, so it is worth trying again without them.
            guard holdsOlderBytes else { throw fault }
            holdsOlderBytes = false
        }
        throw .interrupted(
            url: file.url, reason: reason, receivedByteCount: try partial.byteCount, byteCount: file.byteCount
        )
    }

    private func fault(
        of partial: PartialFile, byteCount: Int
    ) throws(WeightsDownloadError) -> WeightsDownloadError? {
        guard byteCount == file.byteCount else {
            return .wrongSize(url: file.url, byteCount: byteCount, expected: file.byteCount)
        }
        do throws(FileSystemError) {
            let md5 = try PublishedChecksum.md5(ofFile: partial.file.path)
            return md5 == file.md5 ? nil : .wrongDigest(url: file.url, md5: md5, expected: file.md5)
        } catch {
            throw .fileSystem(error)
        }
    }
}

/// The file that a download fills, locked against other processes.
final class PartialFile: Sendable {
    let file: OwnedFile

    init(path: String) throws(WeightsDownloadError) {
        do throws(FileSystemError) {
            file = try OwnedFile(path, .updating)
            // Another process may have finished and renamed the file; this counts as in progress too.
            guard try file.lock(), try file.isStillNamed() else {
                throw FileSystemError(.lock, path: path, code: EBUSY)
            }
        } catch {
            throw error.operation == .lock ? .inProgress(path: path) : .fileSystem(error)
        }
    }

    var byteCount: Int {
        get throws(WeightsDownloadError) {
            do { return Int(try file.status().st_size) } catch { throw .fileSystem(error) }
        }
    }

    func restart() throws(WeightsDownloadError) {
        do { try file.truncate(to: 0) } catch { throw .fileSystem(error) }
    }
}

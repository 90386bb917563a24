import ContentAddressing
import Files
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import VGGBackbone

@Suite struct WeightsDownloadTests {
    let folder: TemporaryFolder
    let path: String
    let content = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path("cache/weights/weights.h5")
    }

    private func download(from server: LocalHTTPServer, attempts: Int = 4) throws -> WeightsDownload {
        let original = try folder.write("original", content)
        let md5 = try PublishedChecksum.md5(ofFile: original)
        var patience = WeightsDownload.Patience()
        patience.attempts = attempts
        patience.firstPause = .milliseconds(1)
        patience.silenceSeconds = 5
        return WeightsDownload(
            OfficialWeights(fileName: "weights.h5", url: server.url, byteCount: content.count, md5: md5),
            patience: patience)
    }

    private func bytes(_ path: String) -> [UInt8]? {
        FileManager.default.contents(atPath: path).map { Array($0) }
    }

    @Test(
        "a file is downloaded, verified and put in place; a second time nothing is asked for"
    )
    func plain() async throws {
        let server = try LocalHTTPServer(serving: content, script: [])
        let reports = Mutex([Int]())
        let reported: @Sendable (Int) -> Void = { count in reports.withLock { $0.append(count) } }
        try await download(from: server).run(to: path, progress: reported)
        expectSame(bytes(path), content)
        #expect(reports.withLock { $0.last } == content.count)
        #expect(reports.withLock { $0 == $0.sorted() })
        try await download(from: server).run(to: path, progress: reported)
        #expect(server.requestedRanges == [nil])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("cache/weights")) == [
                "weights.h5"
            ])
    }

    @Test("a connection that is cut is resumed where it was cut")
    func cutConnection() async throws {
        let server = try LocalHTTPServer(
            serving: content, script: [.cut(after: 150_000), .cut(after: 100_000)])
        try await download(from: server).run(to: path) { _ in }
        expectSame(bytes(path), content)
        #expect(server.requestedRanges == [nil, "150000", "250000"])
    }

    @Test("a later run goes on with what an earlier one received")
    func laterRun() async throws {
        let server = try LocalHTTPServer(
            serving: content, script: [.cut(after: 100_000), .cut(after: 1), .status(503)])
        let error = await #expect(throws: WeightsDownloadError.self) {
            try await download(from: server, attempts: 2).run(to: path) { _ in }
        }
        guard case .interrupted(_, _, 100_001, content.count) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bytes(path) == nil)
        try await download(from: server, attempts: 2).run(to: path) { _ in }
        expectSame(bytes(path), content)
        #expect(server.requestedRanges == [nil, "100000", "100001", "100001"])
    }

    @Test("a server that ignores the range is heard from the beginning")
    func withoutRange() async throws {
        let server = try LocalHTTPServer(serving: content, script: [.cut(after: 50_000), .ignoringRange])
        try await download(from: server).run(to: path) { _ in }
        expectSame(bytes(path), content)
    }

    @Test("wrong bytes are an error that names both digests, and nothing is kept")
    func wrongBytes() async throws {
        let server = try LocalHTTPServer(serving: content, script: [.wrongBytes])
        let download = try download(from: server)
        let error = await #expect(throws: WeightsDownloadError.self) {
            try await download.run(to: path) { _ in }
        }
        guard case .wrongDigest(server.url, _, download.file.md5) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bytes(path) == nil && bytes(path + ".partial") == [])
        try await download.run(to: path) { _ in }
        expectSame(bytes(path), content)
    }

    @Test("a partial file of something else, or a longer one, is thrown away and the file fetched whole")
    func foreignPartial() async throws {
        for foreign in [Array(repeating: UInt8(1), count: 1_000), Array(repeating: 1, count: 500_000)] {
            let server = try LocalHTTPServer(serving: content, script: [])
            try folder.write("cache/weights/weights.h5.partial", foreign)
            try await download(from: server).run(to: path) { _ in }
            expectSame(bytes(path), content)
            #expect(server.requestedRanges.last == .some(nil))
            try FileManager.default.removeItem(atPath: path)
        }
    }

    @Test("a server with a longer file is told from the right one")
    func longerFile() async throws {
        let server = try LocalHTTPServer(serving: content + content, script: [])
        let error = await #expect(throws: WeightsDownloadError.self) {
            try await download(from: server).run(to: path) { _ in }
        }
        guard case .wrongSize = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a file that isn't there is not asked for again; a server that is busy is")
    func statuses() async throws {
        let server = try LocalHTTPServer(
            serving: content, script: [.status(404), .status(503), .status(429)])
        await #expect(throws: WeightsDownloadError.refused(url: server.url, status: 404)) {
            try await download(from: server).run(to: path) { _ in }
        }
        #expect(server.requestedRanges.count == 1)
        try await download(from: server).run(to: path) { _ in }
        expectSame(bytes(path), content)
        #expect(server.requestedRanges.count == 4)
    }

    @Test("without a server the error says so, after a bounded number of attempts")
    func noServer() async throws {
        let server = try LocalHTTPServer(serving: content, script: [])
        let file = OfficialWeights(
            fileName: "weights.h5", url: "http://127.0.0.1:1/weights.h5", byteCount: 1, md5: "")
        let news = Mutex([String]())
        let error = await #expect(throws: WeightsDownloadError.self) {
            try await WeightsDownload(file, patience: download(from: server).patience)
                .run(to: path, news: { text in news.withLock { $0.append(text) } }, progress: { _ in })
        }
        #expect(error?.description.contains("no connection to the server") == true)
        #expect(
            news.withLock { $0 } == [
                "fetching http://127.0.0.1:1/weights.h5, 0 MB",
                "no connection to the server; attempt 2 of 4 in 0.001 s",
                "no connection to the server; attempt 3 of 4 in 0.002 s",
                "no connection to the server; attempt 4 of 4 in 0.004 s",
            ])
    }

    @Test("an address of no web server is refused", arguments: ["", "file:///etc/passwd", "weights.h5"])
    func invalidAddress(url: String) async throws {
        let file = OfficialWeights(fileName: "weights.h5", url: url, byteCount: 1, md5: "")
        await #expect(throws: WeightsDownloadError.invalidAddress(url: url)) {
            try await WeightsDownload(file).run(to: path) { _ in }
        }
    }

    @Test("two downloads of one file don't mix: the second says that the first is at work")
    func twoAtOnce() async throws {
        let server = try LocalHTTPServer(serving: content, script: [])
        try Folder.create(folder.path("cache/weights"))
        let holder = try PartialFile(path: path + ".partial")
        await #expect(throws: WeightsDownloadError.inProgress(path: path + ".partial")) {
            try await download(from: server).run(to: path) { _ in }
        }
        withExtendedLifetime(holder) {}
    }

    @Test("a full disk while downloading is the file system's error")
    func fullDisk() async throws {
        let server = try LocalHTTPServer(serving: content, script: [])
        try Folder.create(folder.path("cache/weights"))
        symlink("/dev/full", path + ".partial")
        let error = await #expect(throws: WeightsDownloadError.self) {
            try await download(from: server).run(to: path) { _ in }
        }
        #expect(error == .fileSystem(FileSystemError(.write, path: path + ".partial", code: ENOSPC)))
    }

    @Test("the MD5 of a file is the published one")
    func md5() throws {
        // RFC 1321, appendix A.5.
        let path = try folder.write("abc", "message digest".utf8)
        #expect(try PublishedChecksum.md5(ofFile: path) == "f96b697d7cb7938d525a2f31aaf161d0")
    }
}

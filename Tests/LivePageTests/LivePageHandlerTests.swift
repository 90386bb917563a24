import FlyingFox
import Foundation
import Testing

@testable import LivePage

@Suite("How the live page answers")
struct LivePageHandlerTests {
    private func answer(
        to path: String, method: HTTPMethod = .GET, host: String = "127.0.0.1:7780", secret: String? = nil,
        query: [HTTPRequest.QueryItem] = [], _ headers: [HTTPHeader: String] = [:]
    ) async throws -> HTTPResponse {
        let handler = LivePageHandler(state: LivePageState(Moments.middle), secret: secret)
        return try await handler.handleRequest(
            HTTPRequest(
                method: method, version: .http11, path: path, query: query,
                headers: headers.merging([.host: host]) { $1 }, body: Data()))
    }

    @Test(
        "the page, its files, metrics and health are to be had; none may be kept, framed or given other parts",
        arguments: [
            ("/", "text/html", "id=\"workers\""), ("/page.css", "text/css", "--ground"),
            ("/page.js", "text/javascript", "EventSource"),
            ("/metrics", "text/plain; version=0.0.4", "headstart_epoch 2.0"),
            ("/healthz", "text/plain", "ok"),
        ])
    func pages(path: String, type: String, word: String) async throws {
        let response = try await answer(to: path)
        #expect(response.statusCode == .ok)
        #expect(response.headers[.contentType]?.hasPrefix(type) == true)
        #expect(String(decoding: try await response.bodyData, as: UTF8.self).contains(word))
        #expect(response.headers[.cacheControl] == "no-store")
        let policy = response.headers[HTTPHeader("Content-Security-Policy")] ?? ""
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'"))
        #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
    }

    @Test(
        "nothing else is there, whatever it is called",
        arguments: ["/config.json", "/../../etc/passwd", "//"])
    func absent(path: String) async throws {
        #expect(try await answer(to: path).statusCode == .notFound)
    }

    @Test("only reading is possible", arguments: [HTTPMethod.POST, .PUT, .DELETE, .OPTIONS, .PATCH])
    func methods(method: HTTPMethod) async throws {
        let response = try await answer(to: "/", method: method)
        #expect(response.statusCode == .methodNotAllowed)
        #expect(response.headers[HTTPHeader("Allow")] == "GET, HEAD")
    }

    @Test("HEAD says how long the page is and sends none of it")
    func head() async throws {
        let response = try await answer(to: "/", method: .HEAD)
        #expect(response.headers[.contentLength] == "\(Moments.middle.page.text.utf8.count)")
        #expect(try await response.bodyData.isEmpty)
    }

    @Test("without a secret, a name that was made to lead here is turned away", arguments: ["/", "/metrics"])
    func rebinding(path: String) async throws {
        #expect(try await answer(to: path, host: "evil.example:7780").statusCode == .misdirectedRequest)
        #expect(try await answer(to: path, host: "localhost:9999").statusCode == .ok)
    }

    @Test("behind a secret, everything but health wants it: in a header or a cookie")
    func secret() async throws {
        func status(_ path: String, _ headers: [HTTPHeader: String] = [:]) async throws -> HTTPStatusCode {
            try await answer(to: path, host: "h.example", secret: "s3cret", headers).statusCode
        }
        for path in ["/", "/events", "/metrics", "/page.js", "/nothing"] {
            #expect(try await status(path) == .unauthorized, "\(path)")
        }
        #expect(try await status("/healthz") == .ok)
        #expect(try await status("/metrics", [.authorization: "Bearer s3cret"]) == .ok)
        for value in ["Bearer s3cre", "Bearer s3crets", "Bearer ", "s3cret", "Basic s3cret"] {
            #expect(try await status("/metrics", [.authorization: value]) == .unauthorized, "\(value)")
        }
        #expect(try await status("/", [.cookie: "other=1; headstart-live=s3cret"]) == .ok)
        #expect(try await status("/", [.cookie: "headstart-live=wrong; s3cret"]) == .unauthorized)
    }

    @Test("the secret in the address becomes a cookie that no script can read, and leaves the address")
    func entry() async throws {
        func enter(_ token: String, _ path: String = "/") async throws -> HTTPResponse {
            try await answer(
                to: path, host: "h.example", secret: "s3cret", query: [.init(name: "token", value: token)])
        }
        let response = try await enter("s3cret")
        #expect(response.statusCode == .seeOther && response.headers[.location] == "/")
        #expect(
            response.headers[.setCookie] == "headstart-live=s3cret; Path=/; HttpOnly; SameSite=Strict")
        #expect(try await enter("s3creT").statusCode == .unauthorized)
        #expect(try await enter("").statusCode == .unauthorized)
        #expect(try await enter("s3cret", "/metrics").statusCode == .unauthorized)
    }
}

@Suite("The live page's events")
struct EventStreamTests {
    private func text(_ iterator: inout EventStream.Iterator) async throws -> String? {
        try await iterator.nextBuffer(suggested: 4096).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("they bring every part at first, then what has changed, then the end")
    func events() async throws {
        let state = LivePageState(Moments.middle)
        var iterator = EventStream(try #require(StreamSlot(state))).makeAsyncIterator()
        let first = try await text(&iterator) ?? ""
        for section in LiveSnapshot.Section.allCases {
            #expect(first.contains("event: \(section.rawValue)\ndata: "))
        }
        #expect(first.hasSuffix("\n\n") && !first.contains("event: end"))
        var next = Moments.middle
        next.progress.picturesDone = 128
        state.update(next)
        let second = try await text(&iterator) ?? ""
        #expect(second.contains("128 of 244") && !second.contains("event: workers"))
        for line in second.split(separator: "\n") { #expect(line.contains(#/^(event|data): /#), "\(line)") }
        next.end = "it is complete"
        state.update(next)
        #expect(try await text(&iterator)?.contains("event: end\n") == true)
        #expect(try await text(&iterator) == nil)
    }

    @Test("a reader that is slow misses moments, never the newest")
    func slow() async throws {
        let state = LivePageState(Moments.middle)
        var iterator = EventStream(try #require(StreamSlot(state))).makeAsyncIterator()
        _ = try await text(&iterator)
        var moment = Moments.middle
        for done in 100...200 {
            moment.progress.picturesDone = done
            state.update(moment)
        }
        let news = try await text(&iterator) ?? ""
        #expect(news.contains("200 of 244") && !news.contains("199 of 244"))
    }

    @Test("there are so many streams and no more, and one that ends gives its place to another")
    func bound() throws {
        let state = LivePageState(Moments.middle)
        var slots = (0..<LivePageState.streamsAtMost).map { _ in StreamSlot(state) }
        #expect(slots.allSatisfy { $0 != nil } && state.isWatched)
        #expect(StreamSlot(state) == nil)
        slots.removeLast()
        #expect(StreamSlot(state) != nil)
        slots = []
        #expect(!state.isWatched)
    }
}

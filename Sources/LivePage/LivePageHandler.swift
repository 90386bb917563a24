import FlyingFox
import Foundation
import TrainingReports

/// Answers the requests of the live page, which are all read-only.
struct LivePageHandler: HTTPHandler {
    let state: LivePageState
    /// The token that readers must present; `nil` if only this machine's users reach the page.
    let secret: String?

    private static let cookie = "headstart-live"

    private static let headers: [HTTPHeader: String] = [
        .cacheControl: "no-store",
        HTTPHeader("X-Content-Type-Options"): "nosniff",
        HTTPHeader("Referrer-Policy"): "no-referrer",
        HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
        HTTPHeader("Content-Security-Policy"):
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ]

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        var response = answer(to: request)
        for (name, value) in Self.headers { response.headers[name] = value }
        if request.method == .HEAD, case .httpBody(let body) = response.payload {
            response.headers[.contentLength] = body.count.map(String.init)
            response.payload = .httpBody(HTTPBodySequence())
        }
        return response
    }

    private func answer(to request: HTTPRequest) -> HTTPResponse {
        guard request.method == .GET || request.method == .HEAD else {
            return text(.methodNotAllowed, "only GET and HEAD\n", [HTTPHeader("Allow"): "GET, HEAD"])
        }
        if request.path == "/healthz" { return text(.ok, "ok\n") }
        if let secret {
            if let token = request.query["token"], request.path == "/", Self.isEqual(token, secret) {
                let cookie = "\(Self.cookie)=\(secret); Path=/; HttpOnly; SameSite=Strict"
                return text(.seeOther, "", [.location: "/", .setCookie: cookie])
            }
            guard knows(secret, request) else {
                return text(
                    .unauthorized, "open the address with ?token=… that the run has printed\n",
                    [HTTPHeader("WWW-Authenticate"): "Bearer"])
            }
        } else if !Self.isOwnHost(request.headers[.host]) {
            // A foreign page whose name was made to resolve to this machine would send its own name.
            return text(.misdirectedRequest, "this page answers to localhost and 127.0.0.1\n")
        }
        switch request.path {
        case "/": return content(state.snapshot.page.text, "text/html; charset=utf-8")
        case "/page.css": return content(PageFiles.style, "text/css; charset=utf-8")
        case "/page.js": return content(PageFiles.script, "text/javascript; charset=utf-8")
        case "/metrics": return content(state.snapshot.metrics, "text/plain; version=0.0.4; charset=utf-8")
        case "/events": return request.method == .HEAD ? text(.ok, "") : events()
        default: return text(.notFound, "no such page\n")
        }
    }

    private func events() -> HTTPResponse {
        guard let slot = StreamSlot(state) else {
            return text(.serviceUnavailable, "too many readers\n")
        }
        return HTTPResponse(
            statusCode: .ok, headers: [.contentType: "text/event-stream"],
            body: HTTPBodySequence(from: EventStream(slot)))
    }

    private func content(_ text: String, _ type: String) -> HTTPResponse {
        HTTPResponse(statusCode: .ok, headers: [.contentType: type], body: Data(text.utf8))
    }

    private func text(
        _ status: HTTPStatusCode, _ text: String, _ more: [HTTPHeader: String] = [:]
    ) -> HTTPResponse {
        var response = HTTPResponse(
            statusCode: status, headers: [.contentType: "text/plain; charset=utf-8"], body: Data(text.utf8))
        for (name, value) in more { response.headers[name] = value }
        return response
    }

    // MARK: Who may read

    private func knows(_ secret: String, _ request: HTTPRequest) -> Bool {
        if let value = request.headers[.authorization], value.hasPrefix("Bearer "),
            Self.isEqual(String(value.dropFirst(7)), secret)
        {
            return true
        }
        let cookies = request.headers.values(for: .cookie).flatMap { $0.split(separator: ";") }
        return cookies.contains { cookie in
            let parts = cookie.split(separator: "=", maxSplits: 1)
            return parts.count == 2 && parts[0].trimmingCharacters(in: .whitespaces) == Self.cookie
                && Self.isEqual(String(parts[1]), secret)
        }
    }

    /// Takes the same time wherever the texts differ, so that the secret can't be guessed piece by piece.
    private static func isEqual(_ text: String, _ secret: String) -> Bool {
        let (given, wanted) = (Array(text.utf8), Array(secret.utf8))
        guard given.count == wanted.count else { return false }
        return zip(given, wanted).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Whether a Host header names this machine itself; its port may be that of a tunnel.
    static func isOwnHost(_ header: String?) -> Bool {
        guard let parts = header?.wholeMatch(of: /(?:\[([^\]]+)\]|([^:\[\]]+))(?::\d+)?/),
            let host = parts.1 ?? parts.2
        else { return false }
        return LivePageAddress.isLoopback(host.lowercased())
    }
}

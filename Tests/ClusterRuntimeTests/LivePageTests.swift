import ClusterTestSupport
import Foundation
import TestSupport
import Testing

/// The live page of a real run, over plain sockets.
@Suite("The live page of a run", .serialized, .ending)
struct LivePageTests {
    /// What comes for a request until the other end closes, or until `isEnough` holds.
    private func exchange(
        port: Int, _ path: String, host: String = "127.0.0.1",
        until isEnough: (String) -> Bool = { _ in false }
    ) -> String {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(handle, $0, length) }
        }
        guard status == 0 else { return "" }
        let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        _ = request.withCString { send(handle, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(handle, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            bytes += buffer[..<count]
            if isEnough(String(decoding: bytes, as: UTF8.self)) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("what it shows is what the run did, to the end; another run can't have its address")
    func wholeRun() throws {
        let run = try LocalRun(pictures: 12)
        let port = try LocalRun.freePort()
        let process = try Program.Running(
            run.arguments(run: "run", ["--workers", "2", "--dashboard", "127.0.0.1:\(port)"]))
        #expect(process.wait { $0.contains("live page: http://127.0.0.1:\(port)/") })
        #expect(exchange(port: port, "/").contains("<h1><bdi>run</bdi></h1>"))
        #expect(exchange(port: port, "/healthz").hasSuffix("ok\n"))
        #expect(exchange(port: port, "/", host: "evil.example").hasPrefix("HTTP/1.1 421"))
        let other = try Program.run(
            run.arguments(run: "other", ["--dashboard", "127.0.0.1:\(port)"]))
        #expect(other.status == 1)
        #expect(other.errorLines.contains { $0.contains("live page can't listen at 127.0.0.1:\(port)") })
        // Until the process has gone.
        let events = exchange(port: port, "/events")
        let finished = process.wait()
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(events.contains("The run is over: it is complete") && events.contains("event: end"))
        for number in 1...2 { #expect(events.contains("<th scope=\"row\">\(number)</th>")) }
        let history = try String(contentsOfFile: run.folder.path("run/history.csv"), encoding: .utf8)
        let last = try #require(history.split(separator: "\n").last).split(separator: ",")
        let loss = try #require(Double(last[3]))
        #expect(events.contains("validation \(String(format: "%.4f", loss))</span>"))
    }

    @Test("an address that others reach wants the token that the run has said")
    func token() throws {
        let run = try LocalRun()
        let port = try LocalRun.freePort()
        let process = try Program.Running(
            run.arguments(
                "coordinator", run: "run",
                ["--listen", try LocalRun.address(), "--dashboard", "0.0.0.0:\(port)"]))
        #expect(process.wait { $0.contains("?token=") })
        let address = try #require(process.errors.firstMatch(of: /http:\/\/\S+\/(\?token=\S+)/))
        #expect(exchange(port: port, "/metrics").hasPrefix("HTTP/1.1 401"))
        #expect(exchange(port: port, "/" + address.1).hasPrefix("HTTP/1.1 303"))
        #expect(!exchange(port: port, "/" + address.1.dropLast()).hasPrefix("HTTP/1.1 303"))
        #expect(process.isRunning)
    }

    @Test("an address that is none is bad usage")
    func badAddress() throws {
        let run = try LocalRun(pictures: 1)
        let finished = try Program.run(run.arguments(run: "run", ["--dashboard", "7780"]))
        #expect(finished.status == 64)
        #expect(
            finished.errorLines == [
                "error: --dashboard: \"7780\" isn't an address; write HOST:PORT with a number for the host, "
                    + "such as 127.0.0.1:7780"
            ])
    }
}

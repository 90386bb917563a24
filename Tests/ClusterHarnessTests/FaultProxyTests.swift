import Foundation
import Glibc
import TestSupport
import Testing

@testable import ClusterHarness

@Suite("The proxy that disturbs connections", .serialized, .ending)
struct FaultProxyTests {
    /// A listener, a proxy before it, and one connection through it.
    private final class Pair {
        let listener: Int32
        let proxy: FaultProxy
        let client: Int32
        let server: Int32

        init(_ change: (inout FaultProxy.Faults) -> Void = { _ in }) throws {
            listener = try LoopbackSocket.listen()
            proxy = try FaultProxy(to: LoopbackSocket.port(of: listener))
            proxy.set(change)
            client = try #require(LoopbackSocket.connect(port: proxy.port))
            var polled = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            poll(&polled, 1, 5_000)
            server = Glibc.accept(listener, nil, nil)
        }

        deinit {
            proxy.close()
            for handle in [listener, client, server] { close(handle) }
        }

        /// Reads until `count` bytes are there, the connection ends, or nothing comes for a while.
        static func read(_ handle: Int32, count: Int, milliseconds: Int32 = 3_000) -> (
            bytes: [UInt8], error: Int32
        ) {
            var bytes: [UInt8] = []
            while bytes.count < count {
                var polled = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
                guard poll(&polled, 1, milliseconds) > 0 else { return (bytes, ETIMEDOUT) }
                var piece = [UInt8](repeating: 0, count: 65_536)
                let got = recv(handle, &piece, piece.count, 0)
                if got == 0 { return (bytes, 0) }
                if got < 0 { return (bytes, errno) }
                bytes += piece[..<got]
            }
            return (bytes, 0)
        }

        static func write(_ handle: Int32, _ bytes: [UInt8]) {
            var done = 0
            while done < bytes.count {
                var polled = pollfd(fd: handle, events: Int16(POLLOUT), revents: 0)
                guard poll(&polled, 1, 5_000) > 0 else { return }
                let count = bytes[done...].withUnsafeBytes { Glibc.write(handle, $0.baseAddress, $0.count) }
                if count > 0 { done += count }
            }
        }
    }

    private static let text = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }

    @Test("what it carries arrives unchanged, in both directions, and an end is an end")
    func relays() throws {
        let pair = try Pair()
        let writer = Thread { [client = pair.client] in Pair.write(client, Self.text) }
        writer.start()
        expectSame(Pair.read(pair.server, count: Self.text.count).bytes, Self.text)
        Pair.write(pair.server, Array(Self.text[..<1000]))
        expectSame(Pair.read(pair.client, count: 1000).bytes, Array(Self.text[..<1000]))
        // It counts what it has written, a moment after that can be read.
        let deadline = ContinuousClock.now + .seconds(5)
        while pair.proxy.carriedBytes < Self.text.count + 1000, .now < deadline { usleep(1_000) }
        #expect(pair.proxy.carriedBytes == Self.text.count + 1000)
        shutdown(pair.client, Int32(SHUT_WR))
        #expect(Pair.read(pair.server, count: 1).error == 0)
    }

    @Test("a cut resets what stands, and the next connection is as good as any")
    func cut() throws {
        let pair = try Pair()
        Pair.write(pair.client, [1])
        #expect(Pair.read(pair.server, count: 1).bytes == [1])
        pair.proxy.cut()
        #expect(Pair.read(pair.server, count: 1).error == ECONNRESET)
        #expect(Pair.read(pair.client, count: 1).error == ECONNRESET)
        let next = try #require(LoopbackSocket.connect(port: pair.proxy.port))
        defer { close(next) }
        Pair.write(next, [2])
        var polled = pollfd(fd: pair.listener, events: Int16(POLLIN), revents: 0)
        poll(&polled, 1, 5_000)
        let server = accept(pair.listener, nil, nil)
        defer { close(server) }
        #expect(Pair.read(server, count: 1).bytes == [2])
    }

    @Test("delay, rate and stall hold bytes back and lose none")
    func slows() throws {
        let clock = ContinuousClock()
        let pair = try Pair { $0.delay = .milliseconds(120) }
        var start = clock.now
        Pair.write(pair.client, [1])
        #expect(Pair.read(pair.server, count: 1).bytes == [1])
        #expect(clock.now - start >= .milliseconds(120))
        pair.proxy.set {
            $0.delay = .zero
            $0.bytesPerSecond = 500_000
        }
        start = clock.now
        let writer = Thread { [client = pair.client] in Pair.write(client, Self.text) }
        writer.start()
        expectSame(Pair.read(pair.server, count: Self.text.count).bytes, Self.text)
        #expect(clock.now - start >= .milliseconds(500))
        pair.proxy.set { $0.isStalled = true }
        Pair.write(pair.client, [3])
        #expect(Pair.read(pair.server, count: 1, milliseconds: 200).error == ETIMEDOUT)
        pair.proxy.set { $0.isStalled = false }
        #expect(Pair.read(pair.server, count: 1).bytes == [3])
    }

    @Test("it refuses where it is told to, and where nobody listens behind it")
    func refuses() throws {
        let pair = try Pair()
        pair.proxy.set { $0.refuses = true }
        let refused = try #require(LoopbackSocket.connect(port: pair.proxy.port))
        defer { close(refused) }
        #expect(Pair.read(refused, count: 1).bytes.isEmpty)
        let nobody = try FaultProxy(to: LoopbackSocket.freePort())
        defer { nobody.close() }
        let alone = try #require(LoopbackSocket.connect(port: nobody.port))
        defer { close(alone) }
        #expect(Pair.read(alone, count: 1).bytes.isEmpty)
    }
}

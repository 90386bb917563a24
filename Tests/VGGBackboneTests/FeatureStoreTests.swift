import ContentAddressing
import Foundation
import TestSupport
import Testing

@testable import VGGBackbone

/// A folder that goes when the test ends, and values whose content follows from their number.
private struct Scratch: ~Copyable {
    let directory = NSTemporaryDirectory() + "feature-store-\(UUID().uuidString)/a/b"
    var dataFile: String { directory + "/data.mdb" }

    deinit {
        let parent = URL(fileURLWithPath: directory).deletingLastPathComponent().deletingLastPathComponent()
        try? FileManager.default.removeItem(at: parent)
    }
}

private func digest(_ number: Int) -> ContentDigest {
    ContentDigest(hashing: Array("picture \(number)".utf8))
}

private func value(_ number: Int, byteCount: Int? = nil) -> [UInt8] {
    let count = byteCount ?? 20_000 + number % 7 * 5000
    return (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 7 &+ number) }
}

private let capacity = 64 << 20

@Suite struct FeatureStoreTests {
    @Test("values come back as they were stored, also after the store was closed")
    func persistence() throws {
        let scratch = Scratch()
        do {
            let store = try FeatureStore(directory: scratch.directory, capacityBytes: capacity)
            #expect(store.note == nil && store.value(for: digest(0)) == nil)
            store.store((0..<8).map { (digest($0), value($0)) })
            store.store(value(8), for: digest(8))
            store.store([], for: digest(9))
            store.store(value(1, byteCount: 100), for: digest(8))
        }
        let store = try FeatureStore(directory: scratch.directory, capacityBytes: capacity)
        #expect(store.note == nil)
        for number in 0..<8 { expectSame(store.value(for: digest(number)), value(number)) }
        expectSame(store.value(for: digest(8)), value(1, byteCount: 100))
        #expect(store.value(for: digest(9)) == [])
        #expect(store.value(for: digest(10)) == nil)
    }

    @Test("a process opens a store once at a time, by whatever path")
    func onceAProcess() throws {
        let scratch = Scratch()
        let store = try FeatureStore(directory: scratch.directory, capacityBytes: capacity)
        let again = scratch.directory + "/../b/"
        #expect(throws: FeatureStoreError.alreadyOpen(directory: again)) {
            try FeatureStore(directory: again, capacityBytes: capacity)
        }
        withExtendedLifetime(store) {}
    }

    @Test("the file stays within the capacity, and what was stored last is there")
    func capacityBound() throws {
        let scratch = Scratch()
        let store = try FeatureStore(directory: scratch.directory, capacityBytes: 16 << 20)
        for first in stride(from: 0, to: 3000, by: 4) {
            store.store((first..<first + 4).map { (digest($0), value($0)) })
            for number in first..<first + 4 { expectSame(store.value(for: digest(number)), value(number)) }
        }
        let size = try FileManager.default.attributesOfItem(atPath: scratch.dataFile)[.size] as? Int
        #expect(try #require(size) <= 16 << 20)
        // 35 kB each on average.
        for number in 2900..<3000 { expectSame(store.value(for: digest(number)), value(number)) }
        #expect(store.value(for: digest(0)) == nil)
    }

    @Test("a value larger than the store can turn over is not kept, and nothing else is lost")
    func oversizedValue() throws {
        let scratch = Scratch()
        let store = try FeatureStore(directory: scratch.directory, capacityBytes: 16 << 20)
        store.store(value(1), for: digest(1))
        store.store(value(2, byteCount: 5_000_000), for: digest(2))
        #expect(store.value(for: digest(2)) == nil)
        expectSame(store.value(for: digest(1)), value(1))
    }

    @Test("many threads use one store")
    func threads() throws {
        let scratch = Scratch()
        let store = try FeatureStore(directory: scratch.directory, capacityBytes: capacity)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<20 {
                let number = round * 8 + thread
                store.store(value(number), for: digest(number))
                expectSame(store.value(for: digest(number)), value(number))
                _ = store.value(for: digest((number * 7) % 160))
            }
        }
        for number in 0..<160 { expectSame(store.value(for: digest(number)), value(number)) }
    }

    @Test(
        "a file that is no store is set aside, and the store begins anew",
        arguments: [
            Data("not a store at all".utf8), Data(count: 100_000), Data(repeating: 0xFF, count: 8192),
        ])
    func foreignFile(content: Data) throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.directory, withIntermediateDirectories: true)
        try content.write(to: URL(fileURLWithPath: scratch.dataFile))
        let store = try FeatureStore(directory: scratch.directory, capacityBytes: capacity)
        #expect(store.note?.contains("it was set aside as *.damaged") == true)
        expectSame(
            Array(try Data(contentsOf: URL(fileURLWithPath: scratch.dataFile + ".damaged"))), Array(content))
        store.store(value(1), for: digest(1))
        expectSame(store.value(for: digest(1)), value(1))
    }

    @Test("on a network file system the store is refused, with what to do, and nothing is made there")
    func network() throws {
        let scratch = Scratch()
        let directory = scratch.directory
        let error = #expect(throws: FeatureStoreError.self) {
            try FeatureStore(directory: directory, capacityBytes: capacity) { _ in "nfs4" }
        }
        #expect(error == .onNetwork(directory: directory, kind: "nfs4"))
        #expect(error?.description.contains("--cache") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }

    @Test("a folder that can't be made is an error that names it")
    func unusable() {
        let error = #expect(throws: FeatureStoreError.self) {
            try FeatureStore(directory: "/dev/null/store", capacityBytes: capacity)
        }
        #expect(error?.description.hasPrefix("the feature store in /dev/null/store can't be used: ") == true)
    }
}

@Suite struct FeatureStoreDamageTests {
    @Test("a file cut anywhere gives right values or begins anew")
    func truncation() throws {
        let whole = try storedFile()
        for step in 0..<40 { try expectSound(whole.prefix(whole.count * step / 40)) }
    }

    @Test(
        "a damaged byte anywhere gives right values, misses or begins anew, never a crash", arguments: 0..<8)
    func flippedBits(seed: UInt64) throws {
        let whole = try storedFile()
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 99
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pages = (0..<whole.count / 4096).filter { page in
            // Roots, branches and leaves, where LMDB would follow what it reads.
            whole[page * 4096 + 10] & 0x0B != 0 && whole[page * 4096 + 11] == 0
                && whole[page * 4096..<page * 4096 + 8].reduce(0) { $0 + Int($1) } > 0 || page < 2
        }
        for round in 0..<60 {
            var damaged = whole
            let page = round % 4 == 0 ? random(whole.count / 4096) : pages[random(pages.count)]
            let offset = page * 4096 + random(round % 3 == 0 ? 24 : 4096)
            damaged[offset] ^= UInt8(1 << random(8))
            try expectSound(damaged)
        }
    }

    /// The file of a store in which values were replaced and a generation emptied.
    private func storedFile() throws -> Data {
        let scratch = Scratch()
        do {
            let store = try FeatureStore(directory: scratch.directory, capacityBytes: 16 << 20)
            for number in 0..<400 {
                store.store(value(number % 300, byteCount: 50_000), for: digest(number % 300))
            }
            for number in 300..<340 { store.store(value(number, byteCount: 300), for: digest(number)) }
        }
        return try Data(contentsOf: URL(fileURLWithPath: scratch.dataFile))
    }

    private func expectSound(_ content: Data) throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(atPath: scratch.directory, withIntermediateDirectories: true)
        try content.write(to: URL(fileURLWithPath: scratch.dataFile))
        let store = try FeatureStore(directory: scratch.directory, capacityBytes: 16 << 20)
        for number in 0..<340 {
            guard let found = store.value(for: digest(number)) else { continue }
            expectSame(found, value(number, byteCount: number < 300 ? 50_000 : 300))
        }
        for first in stride(from: 400, to: 450, by: 10) {
            store.store((first..<first + 10).map { (digest($0), value($0)) })
        }
        expectSame(store.value(for: digest(449)), value(449))
    }
}

/// This test program is started again as a writer, which `Process` can do and `fork` could not.
private let childDirectory = ProcessInfo.processInfo.environment["HEADSTART_TEST_STORE"]

@Suite struct FeatureStoreProcessTests {
    @Test(
        "the writer that the next test starts and kills",
        .enabled(if: childDirectory != nil, "started by a test"))
    func child() throws {
        let store = try FeatureStore(directory: #require(childDirectory), capacityBytes: 16 << 20)
        let start = Int(ProcessInfo.processInfo.processIdentifier) * 1000
        for number in start... {
            store.store((0..<4).map { (digest((number + $0) % 2000), value((number + $0) % 2000)) })
        }
    }

    @Test("writers killed at any moment leave a sound store", .enabled(if: childDirectory == nil))
    func killedWriters() throws {
        let scratch = Scratch()
        var found = 0
        for round in 0..<6 {
            let writers = try (0..<2).map { _ in try startWriter(scratch.directory) }
            Thread.sleep(forTimeInterval: 1 + Double(round) * 0.037)
            for writer in writers {
                #expect(writer.isRunning)
                kill(writer.processIdentifier, SIGKILL)
                writer.waitUntilExit()
            }
            let store = try FeatureStore(directory: scratch.directory, capacityBytes: 16 << 20)
            #expect(store.note == nil)
            for number in 0..<2000 {
                guard let stored = store.value(for: digest(number)) else { continue }
                found += 1
                expectSame(stored, value(number))
            }
            store.store(value(round), for: digest(5000 + round))
            expectSame(store.value(for: digest(5000 + round)), value(round))
        }
        #expect(found > 0)
    }

    private func startWriter(_ directory: String) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "--testing-library", "swift-testing", "--filter", "FeatureStoreProcessTests/child",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["HEADSTART_TEST_STORE": directory])
        { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }
}

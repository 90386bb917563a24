import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@testable import ClusterHarness

@Suite("The doctor says what is wrong and what to do", .ending)
struct DoctorTests {
    /// The lines of a diagnosis, and whether it failed; its cache and home are empty.
    private func diagnose(_ run: LocalRun, _ arguments: [String], weights: String = "random:7") throws -> (
        lines: [String], status: Int32
    ) {
        let told = try Program.run(
            ["doctor", "--weights", weights] + arguments,
            environment: ["XDG_CACHE_HOME": run.folder.path("empty"), "HOME": run.folder.path("home")])
        return (told.output.split(separator: "\n").map(String.init), told.status)
    }

    private func expect(
        _ verdict: String, _ name: String, _ part: String, in lines: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let line = lines.first { $0.hasPrefix("\(verdict)  \(name) ") }
        #expect(line?.contains(part) == true, "\(lines)", sourceLocation: sourceLocation)
    }

    @Test("a good machine and a good data set pass every check")
    func good() throws {
        let run = try LocalRun(pictures: 4)
        let (lines, status) = try diagnose(run, [run.folder.path("data")])
        #expect(status == 0)
        expect("ok  ", "processor", "cores", in: lines)
        expect("ok  ", "libraries", "zmq", in: lines)
        expect("ok  ", "weights", "random:7", in: lines)
        expect("ok  ", "classes", "3 with 4 pictures each, 12 in all", in: lines)
        expect("ok  ", "train and validation", "no picture is in both", in: lines)
    }

    @Test("absent weights fail, with the command that fetches them")
    func noWeights() throws {
        let (lines, status) = try diagnose(try LocalRun(pictures: 1), [], weights: "imagenet")
        #expect(status == 1)
        expect("fail", "weights", "not on this machine", in: lines)
        #expect(lines.contains { $0.contains("→ get them with: headstart weights fetch") })
    }

    @Test("twins across train and validation fail, twins within a folder, odd and small pictures warn")
    func dataset() throws {
        let run = try LocalRun(pictures: 4)
        func path(_ name: String) -> URL { URL(filePath: run.folder.path("data/" + name)) }
        let names = try FileManager.default.contentsOfDirectory(atPath: path("train/circles").path).sorted()
        let first = try Data(contentsOf: path("train/circles/" + names[0]))
        try first.write(to: path("val/circles/twin.png"))
        try first.write(to: path("train/stripes/twin.png"))
        try Data("P6 20 20 255\n".utf8 + [UInt8](repeating: 7, count: 1200)).write(
            to: path("val/circles/small.ppm"))
        try Data("no picture".utf8).write(to: path("train/squares/bad.jpg"))
        let (lines, status) = try diagnose(run, [run.folder.path("data")])
        #expect(status == 1)
        expect("fail", "train and validation", "circles/\(names[0]) = circles/twin.png", in: lines)
        expect("warn", "duplicates", "stripes/twin.png", in: lines)
        expect("warn", "pictures", "squares/bad.jpg", in: lines)
        expect("warn", "validation", "circles/small.ppm", in: lines)
        #expect(try diagnose(run, [run.folder.path("absent")]).status == 1)
    }

    @Test("a right key passes and joins no run; a wrong one, none, a closed port and a wrong name fail")
    func connection() throws {
        let run = try LocalRun(pictures: 2)
        for keys in ["right", "wrong"] { try Program.run(["keygen", run.folder.path(keys)]) }
        let cluster = try LocalCluster(run.cluster(run: "asked", ["--keys", run.folder.path("right")]))
        #expect(cluster.coordinator.waitForLine { $0.contains("listening at") } != nil)
        func connect(_ keys: String?, to address: String, weights: String = "random:7") throws -> (
            lines: [String], status: Int32
        ) {
            let token = keys.map { ["--token-file", run.folder.path($0 + "/token")] } ?? []
            return try diagnose(run, ["--connect", address] + token, weights: weights)
        }
        let right = try connect("right", to: cluster.address)
        #expect(right.status == 0)
        expect("ok  ", "key", "admitted, encrypted", in: right.lines)
        expect("ok  ", "protocol", "at both ends", in: right.lines)
        let bare = try connect("right", to: cluster.address, weights: "imagenet")
        #expect(bare.status == 0, "a worker brings nothing")
        expect("ok  ", "weights", "a worker gets them from its coordinator", in: bare.lines)
        expect("ok  ", "round trip", " ms", in: right.lines)
        expect("ok  ", "bandwidth", " Mbit/s", in: right.lines)
        #expect(!cluster.coordinator.lines.contains { $0.text.contains(" joined from host ") })
        let wrong = try connect("wrong", to: cluster.address)
        #expect(wrong.status == 1)
        expect("fail", "key", "key is another", in: wrong.lines)
        let met = try connect(nil, to: cluster.address)
        #expect(met.status == 0)
        expect("ok  ", "key", "admitted as a process of the same user", in: met.lines)
        let none = try diagnose(run, ["--connect", cluster.address, "--insecure"], weights: "random:7")
        #expect(none.status == 1)
        expect("fail", "key", "no agreement with", in: none.lines)
        let closed = try connect("right", to: try LocalRun.address())
        #expect(closed.status == 1)
        expect("fail", "port", "Connection refused", in: closed.lines)
    }
}

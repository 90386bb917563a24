import ContentAddressing
import Testing

@testable import TrainingProtocol

@Suite("Where pictures belong")
struct PlacementTests {
    private static let pictures = (0..<400).map { ContentDigest(hashing: "picture \($0)".utf8) }

    private static func candidates(_ numbers: some Sequence<Int>) -> [Placement.Candidate] {
        numbers.map { Placement.Candidate(number: $0, key: Placement.key(of: "worker \($0)")) }
    }

    private static func owners(_ numbers: some Sequence<Int>) -> [Int?] {
        let candidates = candidates(numbers)
        return pictures.map { PictureOwners([$0], among: candidates).worker }
    }

    @Test("every worker gets about its share, whatever the order in which they are named")
    func shares() {
        let owners = Self.owners(1...4)
        for number in 1...4 {
            let count = owners.count { $0 == number }
            #expect(count > 70 && count < 130)
        }
        #expect(Self.owners([3, 1, 4, 2]) == owners)
    }

    @Test("a worker that leaves moves its own pictures only, and one that comes takes some from each")
    func moves() {
        let (four, three) = (Self.owners(1...4), Self.owners(1...3))
        for (before, after) in zip(four, three) where before != 4 { #expect(before == after) }
        for (before, after) in zip(three, four) where before != after { #expect(after == 4) }
    }

    @Test("pictures that are done together go where most of them belong")
    func together() {
        let candidates = Self.candidates(1...3)
        for first in stride(from: 0, to: 400, by: 8) {
            let group = Array(Self.pictures[first..<first + 8])
            let owner = PictureOwners(group, among: candidates).worker
            let votes = Self.owners(1...3)[first..<first + 8]
            let most = (1...3).map { number in votes.count { $0 == number } }.max()
            #expect(votes.count { $0 == owner } == most)
        }
        #expect(PictureOwners([], among: candidates).worker == nil)
        #expect(PictureOwners(Self.pictures, among: []).worker == nil)
    }

    @Test("a validation picture is evaluated by the same worker in every epoch")
    func evaluationSticks() {
        var cluster = ClusterInMemory(.example(count: 16, validation: 160, epochs: 3))
        for worker in 1...3 { cluster.startWorker(worker) }
        cluster.run()
        let evaluations = cluster.leasesGranted.filter { $0.id.kind == .evaluate }
        #expect(evaluations.count == 30)
        let owners = (0..<3).map { epoch in
            evaluations.filter { $0.id.step == epoch }.sorted { $0.id.chunk < $1.id.chunk }.map(\.worker)
        }
        // An idle worker takes what belongs to a busy one, so a few move.
        let same = (0..<10).count { owners[0][$0] == owners[1][$0] && owners[1][$0] == owners[2][$0] }
        #expect(same >= 6)
    }
}

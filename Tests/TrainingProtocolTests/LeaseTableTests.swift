import ContentAddressing
import Testing
import WireMessages

@testable import TrainingProtocol

@Suite("Who gets which work")
struct LeaseTableTests {
    private static func entry(step: Int, preferred: Int, needsTwoAnswers: Bool = false) -> LeaseTable.Entry {
        var entry = LeaseTable.Entry(
            id: LeaseID(kind: .extract, step: step, chunk: 0), weights: ContentDigest(hashing: []),
            work: .extract([], returnsFeatures: true))
        entry.preferredWorker = preferred
        entry.needsTwoAnswers = needsTwoAnswers
        return entry
    }

    private static let ready: ReadyWorkers = {
        var ready = ReadyWorkers(patience: .seconds(3))
        for worker in 1...2 { ready.note(worker, heard: .zero) }
        return ready
    }()

    /// Steps of what worker `number` is given, one after the other.
    private func granted(_ table: inout LeaseTable, to number: Int) -> [Int] {
        var steps: [Int] = []
        while let entry = table.grant(
            to: Peer(number), worker: number, gradients: false, lost: false, now: .zero, ready: Self.ready)
        {
            steps.append(entry.id.step)
        }
        return steps
    }

    @Test("what another has to confirm comes in the order of steps, not after all that is the other's own")
    func confirmation() {
        var table = LeaseTable()
        for step in 1...4 { table.add(Self.entry(step: step, preferred: 2)) }
        table.add(Self.entry(step: 0, preferred: 1, needsTwoAnswers: true))
        #expect(granted(&table, to: 1).first == 0)
        #expect(granted(&table, to: 2).first == 0)
    }

    @Test("what one worker could not do comes to another in the order of steps")
    func failure() {
        var table = LeaseTable()
        for step in 1...4 { table.add(Self.entry(step: step, preferred: 2)) }
        table.add(Self.entry(step: 0, preferred: 1))
        let first = table.grant(
            to: 1, worker: 1, gradients: false, lost: false, now: .zero, ready: Self.ready)
        #expect(first?.id.step == 0)
        #expect(table.fail(LeaseID(kind: .extract, step: 0, chunk: 0), by: 1, worker: 1) != nil)
        #expect(granted(&table, to: 2) == [0, 1, 2, 3, 4])
    }

    @Test("what is another's own comes after one's own")
    func placed() {
        var table = LeaseTable()
        table.add(Self.entry(step: 0, preferred: 1))
        table.add(Self.entry(step: 1, preferred: 2))
        #expect(granted(&table, to: 2) == [1, 0])
    }
}

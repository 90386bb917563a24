import ContentAddressing
import ExactArithmetic
import Testing
import WireMessages

@testable import TrainingProtocol

@Suite("The queues of the lease table")
struct LeaseTableModelTests {
    /// The real table beside the plain one, and workers that come, go and fall silent.
    private struct Pair {
        var draw: CounterBasedGenerator
        var table = LeaseTable()
        var plain = PlainLeaseTable()
        var candidates: [Placement.Candidate] = []
        var ready = ReadyWorkers(patience: .seconds(3))
        var heard: [Int: Instant] = [:]
        var now = Instant.zero
        var opened = 0

        init(seed: UInt64) { draw = CounterBasedGenerator(seed: seed, purpose: .simulation) }

        /// The numbers of those that are there and were heard.
        var numbers: Set<Int> { Set(heard.filter { now - $0.value <= .seconds(3) }.keys) }

        mutating func open() {
            opened += 1
            let kind = LeaseKind.allCases[draw.next(below: 4)]
            let samples = (0..<1 + draw.next(below: 8)).map { _ in
                Sample(
                    picture: ContentDigest(hashing: "\(draw.next())".utf8), byteCount: 1, index: 0,
                    epoch: nil,
                    label: 0)
            }
            var entry = LeaseTable.Entry(
                id: LeaseID(kind: kind, step: draw.next(below: 6), chunk: opened),
                weights: ContentDigest(hashing: []), work: .extract(samples, returnsFeatures: true),
                preferredWorker: kind == .gradient && draw.next(below: 4) > 0 ? 1 + draw.next(below: 6) : nil,
                needsTwoAnswers: draw.next(below: 4) == 0)
            table.add(entry)
            if kind != .gradient {
                entry.preferredWorker =
                    candidates.count > 1
                    ? PictureOwners(entry.work.pictures, among: candidates).worker : nil
            }
            plain.add(entry)
        }

        mutating func come(_ worker: Int) {
            let candidate = Placement.Candidate(number: worker, key: Placement.key(of: "worker \(worker)"))
            guard !candidates.contains(candidate) else {
                heard[worker] = now
                ready.note(worker, heard: now)
                return
            }
            candidates.append(candidate)
            table.place(among: candidate)
            plain.place(among: candidates)
            heard[worker] = now
            ready.note(worker, heard: now)
        }

        mutating func go(_ worker: Int) {
            guard candidates.contains(where: { $0.number == worker }) else { return }
            candidates.removeAll { $0.number == worker }
            table.place(without: worker)
            plain.place(among: candidates)
            heard[worker] = nil
            ready.remove(worker)
            #expect(table.release(worker, now: now) == plain.release(worker, now: now))
        }

        mutating func grant(to worker: Int) {
            let (gradients, lost) = [(true, false), (false, false), (false, true)][draw.next(below: 3)]
            let given = table.grant(
                to: worker, worker: worker, gradients: gradients, lost: lost, now: now, ready: ready)
            let wanted = plain.grant(
                to: worker, worker: worker, gradients: gradients, lost: lost, now: now, ready: numbers)
            #expect(given?.id == wanted?.id && given?.lostSince == wanted?.lostSince)
            guard given == nil else { return }
            let taken = table.takeOver(
                by: worker, worker: worker, gradients: gradients, age: .seconds(2), now: now, ready: ready)
            #expect(
                taken?.id
                    == plain.takeOver(
                        by: worker, worker: worker, gradients: gradients, age: .seconds(2), now: now,
                        ready: numbers)?.id)
        }

        /// The holder of some piece of work answers, or fails.
        mutating func answer() {
            let held = plain.entries.filter { !$0.holders.isEmpty }
            guard !held.isEmpty else { return }
            let entry = held[draw.next(below: held.count)]
            let worker = entry.holders[draw.next(below: entry.holders.count)].peer
            let digest = ContentDigest(hashing: [UInt8(draw.next(below: 2))])
            let answer = LeaseTable.Answer(worker: worker, digest: digest)
            switch draw.next(below: 4) {
            case 0:
                let failed = table.fail(entry.id, by: worker, worker: worker)
                #expect(failed?.failures == plain.fail(entry.id, by: worker, worker: worker)?.failures)
            case 1 where entry.needsTwoAnswers:
                let answered = table.answer(entry.id, by: worker, answer)
                #expect(answered?.answers == plain.answer(entry.id, by: worker, answer)?.answers)
            default: #expect(table.complete(entry.id)?.id == plain.complete(entry.id)?.id)
            }
        }

        mutating func resend() {
            if draw.next(below: 2) == 0 {
                let peer = 1 + draw.next(below: 6)
                table.postponeSending(to: peer, now: now)
                plain.postponeSending(to: peer, now: now)
            }
            let sent = table.overdue(age: .seconds(5), now: now).map { ($0.entry.id, $0.peer) }
            let wanted = plain.overdue(age: .seconds(5), now: now).map { ($0.entry.id, $0.peer) }
            #expect(sent.map(\.0) == wanted.map(\.0) && sent.map(\.1) == wanted.map(\.1))
        }

        func compare() {
            for gradients in [true, false] {
                #expect(
                    table.hasWork(gradients: gradients, age: .seconds(2), now: now)
                        == plain.hasWork(gradients: gradients, age: .seconds(2), now: now))
                for peer in 1...6 {
                    #expect(
                        table.held(by: peer, gradients: gradients)
                            == plain.held(by: peer, gradients: gradients))
                }
            }
            #expect(table.hasLostWork == plain.hasLostWork)
            for kind in LeaseKind.allCases {
                #expect(table.count(of: kind) == plain.entries.count { $0.id.kind == kind })
                let oldest = plain.entries.filter { $0.id.kind == kind }.flatMap(\.holders).map(\.since).min()
                #expect(table.oldestHeld(of: kind)?.since == oldest)
            }
            #expect(
                table.waitingForAnswers.map(\.id) == plain.entries.filter { !$0.answers.isEmpty }.map(\.id))
        }
    }

    @Test("they answer what looking through all work answers, whatever happens to it", arguments: 1...40)
    func model(seed: Int) {
        var pair = Pair(seed: UInt64(seed))
        for _ in 0..<400 {
            pair.now = pair.now + .milliseconds(pair.draw.next(below: 400))
            let worker = 1 + pair.draw.next(below: 6)
            switch pair.draw.next(below: 16) {
            case 0...4: pair.open()
            case 5...6: pair.come(worker)
            case 7 where pair.draw.next(below: 4) == 0: pair.go(worker)
            case 8:
                pair.table.forgetTries(of: worker)
                pair.plain.forgetTries(of: worker)
            case 9: pair.resend()
            case 10...11: pair.answer()
            default: pair.grant(to: worker)
            }
            pair.compare()
        }
    }
}

@Suite("A set in order")
struct SortedSetTests {
    @Test("it has what was put in and not taken out, in order")
    func order() {
        var draw = CounterBasedGenerator(seed: 1, purpose: .simulation)
        var set = SortedSet<Int>()
        var plain: Set<Int> = []
        for _ in 0..<20_000 {
            let number = draw.next(below: 1500)
            let isIn = draw.next(below: 2) == 0
            set.set(number, isIn)
            if isIn { plain.insert(number) } else { plain.remove(number) }
            #expect(set.count == plain.count && set.first == plain.min())
            #expect(set.first(after: number) == plain.filter { $0 > number }.min())
        }
        #expect(Array(set.elements) == plain.sorted())
    }
}

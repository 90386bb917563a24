import Testing
import TrainingProtocol

@testable import TrainingReports

@Suite("How progress is worded")
struct ProgressTextTests {
    private let snapshot = ProgressSnapshot(
        epoch: 2, epochs: 10, picturesDone: 96, picturesTotal: 244, loss: 0.41235, accuracy: 0.8312,
        picturesPerSecond: 21.32, secondsLeft: 6.9,
        workers: [
            .init(number: 1, host: "a", activity: "extracting step 12"),
            .init(number: 2, host: "a", activity: "gradient of step 11"),
        ])

    @Test("the bar fits 80 columns and has pictures a second, loss, accuracy, time left and the workers")
    func bar() {
        let lines = ProgressText.bar(snapshot, columns: 80)
        #expect(
            lines == [
                "epoch  3/10  ━━━━━━──────────   96/244  21.3/s  loss 0.4124  acc 0.831  7s",
                "  worker 1 extracting step 12 · 2 gradient of step 11",
            ])
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test("before the run it says how many of the pictures are read")
    func reading() {
        let reading = ProgressSnapshot(
            phase: .reading, epoch: 0, epochs: 10, picturesDone: 372_000, picturesTotal: 1_200_000,
            picturesPerSecond: 12_000, secondsLeft: 69)
        #expect(
            ProgressText.line(reading) == "preparing, 31 % of 1,200,000 pictures read  12000.0/s  1m09s")
        #expect(
            ProgressText.bar(reading, columns: 80) == [
                "preparing  ━━━━────────────   372000/1200000  12000.0/s  1m09s",
                "  preparing, 31 % of 1,200,000 pictures read",
            ])
    }

    @Test("nothing is longer than the terminal is wide", arguments: [20, 40, 79, 80, 200])
    func narrow(columns: Int) {
        var crowded = snapshot
        crowded.workers = (1...64).map {
            .init(number: $0, host: "host\($0)", activity: "extracting step 1234")
        }
        crowded.waitingFor = nil
        #expect(ProgressText.bar(crowded, columns: columns).allSatisfy { $0.count <= columns })
    }

    @Test("many workers are counted, not listed")
    func manyWorkers() {
        var crowded = snapshot
        crowded.workers = (1...64).map { .init(number: $0, host: "h", activity: "idle") }
        #expect(
            ProgressText.bar(crowded, columns: 100)[1]
                == "  worker 1 idle · 2 idle · 3 idle · 4 idle · 60 more")
    }

    @Test("workers on several hosts are told apart by host")
    func hosts() {
        var spread = snapshot
        spread.workers[1].host = "b"
        #expect(
            ProgressText.bar(spread, columns: 80)[1]
                == "  worker 1@a extracting step 12 · 2@b gradient of step 11")
    }

    @Test("whoever waits says for whom")
    func waiting() {
        var waiting = snapshot
        waiting.waitingFor = "waiting for worker 3 (host b), gradient 12/4, 8.2 s"
        #expect(
            ProgressText.bar(waiting, columns: 80)[1]
                == "  waiting for worker 3 (host b), gradient 12/4, 8.2 s")
        #expect(ProgressText.line(waiting).hasSuffix("waiting for worker 3 (host b), gradient 12/4, 8.2 s"))
    }

    @Test("an epoch without pictures or measures is a bar that is empty")
    func empty() {
        let empty = ProgressSnapshot(epoch: 0, epochs: 1, picturesDone: 0, picturesTotal: 0)
        #expect(
            ProgressText.bar(empty, columns: 80) == ["epoch 1/1  ────────────────  0/0", "  no workers yet"])
    }

    @Test("an epoch ends with Keras' names")
    func epochLine() {
        let record = EpochRecord(
            epoch: 0, loss: 0.69, accuracy: 0.5, validationLoss: 1.25, validationAccuracy: 0.75,
            seconds: 61.26)
        #expect(
            ProgressText.epochLine(record, epochs: 10)
                == "epoch  1/10  loss 0.6900  accuracy 0.5000  val_loss 1.2500  val_accuracy 0.7500  61.3 s")
    }

    @Test(
        "durations are short",
        arguments: [
            (0.0, "0s"), (6.2, "7s"), (59.0, "59s"), (60.0, "1m00s"), (185.0, "3m05s"), (3600.0, "1h00m"),
            (7620.0, "2h07m"), (.infinity, ""), (.nan, ""),
        ])
    func durations(seconds: Double, text: String) {
        #expect(ProgressText.duration(seconds) == text)
    }

    @Test(
        "numbers keep their digits and their sign",
        arguments: [
            (0.0, "0.0000"), (1.0, "1.0000"), (0.00004, "0.0000"), (-0.5, "-0.5000"), (-0.00001, "0.0000"),
            (12.34567, "12.3457"), (.nan, "nan"), (.infinity, "inf"),
        ])
    func numbers(value: Double, text: String) {
        #expect(ProgressText.fixed(value) == text)
    }
}

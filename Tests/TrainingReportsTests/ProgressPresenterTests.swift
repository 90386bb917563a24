import Testing

@testable import TrainingProtocol
@testable import TrainingReports

@Suite("Progress on a terminal and without one")
struct ProgressPresenterTests {
    private func snapshot(_ done: Int) -> ProgressSnapshot {
        ProgressSnapshot(epoch: 0, epochs: 2, picturesDone: done, picturesTotal: 10)
    }
    private let record = EpochRecord(
        epoch: 0, loss: 1, accuracy: 0.5, validationLoss: nil, validationAccuracy: nil, seconds: 1)

    @Test("a terminal is redrawn in place, at most ten times a second")
    func redraw() {
        var presenter = ProgressPresenter(terminalColumns: 80)
        let first = presenter.update(snapshot(1), atSeconds: 0)
        #expect(!first.contains("\u{1B}") && first.split(separator: "\n").count == 2)
        #expect(presenter.update(snapshot(2), atSeconds: 0.05) == "")
        let third = presenter.update(snapshot(3), atSeconds: 0.1)
        #expect(third.hasPrefix("\r\u{1B}[1A\u{1B}[J"))
        #expect(presenter.update(snapshot(3), atSeconds: 1) == "", "nothing changed")
    }

    @Test("an epoch's line stays and the next bar begins below it")
    func epochEnd() {
        var presenter = ProgressPresenter(terminalColumns: 80)
        _ = presenter.update(snapshot(1), atSeconds: 0)
        let line = presenter.epochEnded(record, epochs: 2, atSeconds: 0.01)
        #expect(line == "\r\u{1B}[1A\u{1B}[Jepoch 1/2  loss 1.0000  accuracy 0.5000  1.0 s\n")
        #expect(!presenter.update(snapshot(2), atSeconds: 0.02).contains("\u{1B}"))
    }

    @Test("a log line pushes the bar down, and the end takes it away")
    func message() {
        var presenter = ProgressPresenter(terminalColumns: 80)
        #expect(presenter.message("hello") == "hello\n")
        _ = presenter.update(snapshot(1), atSeconds: 0)
        #expect(presenter.message("hello") == "\r\u{1B}[1A\u{1B}[Jhello\n")
        #expect(presenter.clear() == "")
        _ = presenter.update(snapshot(1), atSeconds: 0)
        #expect(presenter.clear() == "\r\u{1B}[1A\u{1B}[J")
    }

    @Test(
        "without a terminal there is a line every ten seconds and one at an epoch's end, without control codes"
    )
    func lines() {
        var presenter = ProgressPresenter(terminalColumns: nil)
        #expect(presenter.update(snapshot(1), atSeconds: 0) == "")
        #expect(presenter.update(snapshot(2), atSeconds: 9.9) == "")
        #expect(presenter.update(snapshot(3), atSeconds: 10) == "epoch 1/2   3/10 pictures\n")
        #expect(presenter.update(snapshot(4), atSeconds: 19) == "")
        #expect(
            presenter.epochEnded(record, epochs: 2, atSeconds: 19)
                == "epoch 1/2  loss 1.0000  accuracy 0.5000  1.0 s\n")
        #expect(presenter.update(snapshot(5), atSeconds: 28) == "")
        #expect(presenter.update(snapshot(5), atSeconds: 29) != "")
    }

    @Test("a long wait, of which the log tells, is no line every ten seconds")
    func waiting() {
        var presenter = ProgressPresenter(terminalColumns: nil)
        var waiting = snapshot(5)
        waiting.waitingFor = "waiting for workers"
        #expect(presenter.update(waiting, atSeconds: 0) == "")
        #expect(presenter.update(waiting, atSeconds: 10) != "")
        #expect(presenter.update(waiting, atSeconds: 20) == "")
        #expect(presenter.update(waiting, atSeconds: 30) == "")
        waiting.picturesDone = 6
        #expect(presenter.update(waiting, atSeconds: 40) != "")
    }

    @Test("the display remembers the lines that stay, the newest last and not for ever")
    func recent() {
        let display = ProgressDisplay(terminalColumns: nil) { _ in }
        for number in 1...100 { display.message("line \(number)") }
        display.update(snapshot(1), atSeconds: 0)
        display.epochEnded(record, epochs: 2, atSeconds: 1)
        #expect(display.recentLines.count == 40)
        #expect(display.recentLines[38] == "line 100")
        #expect(display.recentLines.last == "epoch 1/2  loss 1.0000  accuracy 0.5000  1.0 s")
    }
}

@Suite("How fast a run goes")
struct ProgressMeterTests {
    private func progress(
        _ done: Int, epoch: Int = 0, stage: CoordinatorProgress.Stage = .training
    ) -> CoordinatorProgress {
        CoordinatorProgress(
            stage: stage, epoch: epoch, epochs: 3, picturesDone: done, picturesTotal: 1000,
            scores: ScoreSum(), workers: [], answers: AnswerCounts(), waitingFor: nil)
    }

    @Test("a rate needs some time and some pictures")
    func needsTime() {
        var meter = ProgressMeter()
        #expect(meter.snapshot(of: progress(0), atSeconds: 0).picturesPerSecond == nil)
        #expect(meter.snapshot(of: progress(5), atSeconds: 0.1).picturesPerSecond == nil)
        let later = meter.snapshot(of: progress(20), atSeconds: 2)
        #expect(later.picturesPerSecond == 10)
        #expect(later.secondsLeft == 98)
    }

    @Test("the rate is that of the last seconds, not of the whole epoch")
    func window() {
        var meter = ProgressMeter()
        for second in 0...100 {
            _ = meter.snapshot(of: progress(min(500, 10 * second)), atSeconds: Double(second))
        }
        var last = meter.snapshot(of: progress(500), atSeconds: 101)
        #expect(last.picturesPerSecond == nil, "nothing in the window")
        for second in 102...130 {
            last = meter.snapshot(of: progress(500 + 2 * (second - 101)), atSeconds: Double(second))
        }
        #expect(last.picturesPerSecond == 2)
    }

    @Test("a resumed epoch and a new stage start their own measure")
    func restarts() {
        var meter = ProgressMeter()
        _ = meter.snapshot(of: progress(900), atSeconds: 0)
        #expect(meter.snapshot(of: progress(910), atSeconds: 1).picturesPerSecond == 10)
        #expect(meter.snapshot(of: progress(0, stage: .evaluating), atSeconds: 2).picturesPerSecond == nil)
        #expect(meter.snapshot(of: progress(0, epoch: 1), atSeconds: 3).picturesPerSecond == nil)
    }
}

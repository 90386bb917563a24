import TrainingProtocol

struct SimulatedCheckpoint: Sendable {
    var position: RunPosition
    var head: FakeHeadState
}

/// The folder of checkpoints and the thread that writes to it. Like the real one, it writes one checkpoint at
/// a time, replaces a waiting one by a newer one, keeps three, and loads the newest that is undamaged.
struct SimulatedDisk: Sendable {
    private struct File: Sendable {
        var checkpoint: SimulatedCheckpoint
        var isWhole: Bool
        /// Names sort by progress.
        var name: (step: Int, epochs: Int) {
            (checkpoint.position.step, checkpoint.position.history.count)
        }
    }

    /// In the order of their names.
    private var files: [File] = []
    private(set) var underWay: SimulatedCheckpoint?
    private var waiting: SimulatedCheckpoint?
    /// The newest checkpoint that the writer has reported as safe.
    private(set) var reported: (step: Int, epochs: Int)?

    private static let kept = 3

    /// Takes a checkpoint to write; returns whether its writing begins now.
    mutating func write(_ checkpoint: SimulatedCheckpoint) -> Bool {
        guard underWay == nil else {
            waiting = checkpoint
            return false
        }
        underWay = checkpoint
        return true
    }

    /// Finishes the current write; returns whether another begins.
    mutating func finishWrite() -> Bool {
        guard let done = underWay else { return false }
        report(done)
        store(done, isWhole: true)
        underWay = waiting
        waiting = nil
        return underWay != nil
    }

    /// Counts a checkpoint as safe.
    mutating func report(_ checkpoint: SimulatedCheckpoint) {
        reported = (checkpoint.position.step, checkpoint.position.history.count)
    }

    /// The process dies: the checkpoint being written is lost, or leaves a damaged file behind.
    mutating func crash(tearsWrite: Bool) {
        if tearsWrite, let underWay { store(underWay, isWhole: false) }
        underWay = nil
        waiting = nil
    }

    /// The process ends in order: everything is written first.
    mutating func drain() {
        while underWay != nil { _ = finishWrite() }
    }

    /// Whether the newest file is undamaged.
    var newestIsWhole: Bool { files.last?.isWhole ?? true }

    /// The newest checkpoint to continue from.
    ///
    /// - Parameter passesOver: how many of the newest undamaged ones to skip; `nil` takes the newest even if
    ///   it is damaged, which only a planted bug does.
    func newest(passingOver passesOver: Int? = 0) -> SimulatedCheckpoint? {
        guard let passesOver else { return files.last?.checkpoint }
        return files.filter(\.isWhole).dropLast(passesOver).last?.checkpoint
    }

    private mutating func store(_ checkpoint: SimulatedCheckpoint, isWhole: Bool) {
        let file = File(checkpoint: checkpoint, isWhole: isWhole)
        if let same = files.firstIndex(where: { $0.name == file.name }) {
            // A rename replaces the file at once; a torn write never gets that far.
            if isWhole { files[same] = file }
        } else {
            let place = files.firstIndex { $0.name > file.name } ?? files.count
            files.insert(file, at: place)
        }
        guard isWhole, let written = files.firstIndex(where: { $0.name == file.name }) else { return }
        // Files after the one just written are damaged, or the run would have continued from them.
        files.removeFirst(max(0, written + 1 - Self.kept))
    }
}

import TrainingProtocol

/// What a checkpoint holds.
struct SimulatedCheckpoint: Sendable {
    var position: RunPosition
    var head: FakeHeadState
}

/// The checkpoints' folder and the thread that writes to it. As the real one, it writes one at a time, lets a
/// waiting one give way to a newer one, keeps three, and loads the newest that is whole.
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
    /// The newest that the writer has reported as safe.
    private(set) var reported: (step: Int, epochs: Int)?

    private static let kept = 3

    /// Takes a checkpoint to write; whether its writing begins now.
    mutating func write(_ checkpoint: SimulatedCheckpoint) -> Bool {
        guard underWay == nil else {
            waiting = checkpoint
            return false
        }
        underWay = checkpoint
        return true
    }

    /// The writing under way is done; whether another begins.
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

    /// The process dies: what was under way is lost, or leaves a damaged file behind.
    mutating func crash(tearsWrite: Bool) {
        if tearsWrite, let underWay { store(underWay, isWhole: false) }
        underWay = nil
        waiting = nil
    }

    /// The process ends in order: everything is written first.
    mutating func drain() {
        while underWay != nil { _ = finishWrite() }
    }

    /// Whether the newest file holds what was to be written.
    var newestIsWhole: Bool { files.last?.isWhole ?? true }

    /// The newest checkpoint to go on from.
    ///
    /// - Parameter passesOver: how many of the newest to pass over beside the damaged ones; `nil` takes the
    ///   newest as it is, which only a planted bug does.
    func newest(passingOver passesOver: Int? = 0) -> SimulatedCheckpoint? {
        guard let passesOver else { return files.last?.checkpoint }
        return files.filter(\.isWhole).dropLast(passesOver).last?.checkpoint
    }

    private mutating func store(_ checkpoint: SimulatedCheckpoint, isWhole: Bool) {
        let file = File(checkpoint: checkpoint, isWhole: isWhole)
        if let same = files.firstIndex(where: { $0.name == file.name }) {
            // A rename replaces the file at once; a torn write never gets as far.
            if isWhole { files[same] = file }
        } else {
            let place = files.firstIndex { $0.name > file.name } ?? files.count
            files.insert(file, at: place)
        }
        guard isWhole, let written = files.firstIndex(where: { $0.name == file.name }) else { return }
        // What sorts after the one just written is damaged, or the run would have gone on from it.
        files.removeFirst(max(0, written + 1 - Self.kept))
    }
}

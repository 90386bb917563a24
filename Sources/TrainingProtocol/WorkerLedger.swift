import WireMessages

/// What one worker of a run has done.
package struct WorkerRecord: Sendable, Equatable {
    /// The small number by which people know it.
    package let number: Int
    package let host: String
    package let processID: Int32
    package let threads: Int
    package let kernels: String
    /// Pictures whose features it gave or used.
    package var pictures = 0
    /// Leases that it answered.
    package var leases = 0
    package var times = LeaseTimes()
    /// From joining to being ready: fetching and transforming weights.
    package var preparingSeconds = 0.0
    /// While it was there, all connections together.
    package var connectedSeconds = 0.0
    /// Why it left, where it has.
    package var departure: String?

    package init(number: Int, host: String, processID: Int32, threads: Int, kernels: String) {
        self.number = number
        self.host = host
        self.processID = processID
        self.threads = threads
        self.kernels = kernels
    }

    /// Seconds without a lease at work. Gradients are computed beside extraction, so that it may be less than
    /// what the others leave.
    package var waitingSeconds: Double { max(0, connectedSeconds - preparingSeconds - times.total) }
}

/// What every worker has done, those included that have gone. Nothing of a run's result depends on it.
struct WorkerLedger: Sendable {
    private struct Entry: Sendable {
        var record: WorkerRecord
        /// Of the connection that it has now.
        var joined: Instant?
        var isReady = false
    }

    /// By number, which begins at one.
    private var entries: [Entry] = []

    mutating func join(number: Int, _ hello: Hello, now: Instant) {
        if number > entries.count {
            let record = WorkerRecord(
                number: number, host: hello.host, processID: hello.processID, threads: hello.threads,
                kernels: hello.kernels)
            entries.append(Entry(record: record))
        }
        entries[number - 1].joined = now
        entries[number - 1].isReady = false
        entries[number - 1].record.departure = nil
    }

    mutating func ready(number: Int, now: Instant) {
        guard !entries[number - 1].isReady, let joined = entries[number - 1].joined else { return }
        entries[number - 1].isReady = true
        entries[number - 1].record.preparingSeconds += (now - joined).inSeconds
    }

    mutating func leave(number: Int, reason: String, now: Instant) {
        entries[number - 1].record = record(entries[number - 1], now: now)
        entries[number - 1].record.departure = reason
        entries[number - 1].joined = nil
    }

    /// Counts the time of an answer, whether it is the first or not.
    mutating func answer(number: Int, _ result: LeaseResult) {
        entries[number - 1].record.leases += 1
        entries[number - 1].record.times += result.times
    }

    /// Counts pictures of an answer that was the first.
    mutating func use(number: Int, _ work: Work) {
        switch work {
        case .extract(let samples, _), .evaluate(let samples, _):
            entries[number - 1].record.pictures += samples.count
        case .check, .factorGradient, .denseGradient: break
        }
    }

    /// All of them as they are at `now`, by number.
    func records(now: Instant) -> [WorkerRecord] { entries.map { record($0, now: now) } }

    private func record(_ entry: Entry, now: Instant) -> WorkerRecord {
        var record = entry.record
        guard let joined = entry.joined else { return record }
        let seconds = (now - joined).inSeconds
        record.connectedSeconds += seconds
        if !entry.isReady { record.preparingSeconds += seconds }
        return record
    }
}

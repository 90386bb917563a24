import WireMessages

/// What one worker of a run has done.
package struct WorkerRecord: Sendable, Equatable {
    /// The small number by which people know it.
    package let number: Int
    package let host: String
    package let processID: Int32
    package let threads: Int
    package let kernels: String
    /// Pictures that it extracted or evaluated.
    package var pictures = 0
    package var leases = 0
    package var times = LeaseTimes()
    /// From joining to being ready: fetching and transforming weights.
    package var preparingSeconds = 0.0
    /// While it was connected, all connections together.
    package var connectedSeconds = 0.0
    /// Why it left; `nil` if it hasn't.
    package var departure: String?
    /// If this sums up workers that left long ago, their number; 0 for a single worker.
    package var summed = 0

    package init(number: Int, host: String, processID: Int32, threads: Int, kernels: String) {
        self.number = number
        self.host = host
        self.processID = processID
        self.threads = threads
        self.kernels = kernels
    }

    /// The worker's number, or how many workers this sums up.
    package var title: String { summed == 0 ? "\(number)" : "\(summed) others" }
    /// The machine and what it computes with.
    package var machine: String { summed == 0 ? "\(host) (\(threads) × \(kernels))" : "gone long ago" }

    fileprivate mutating func add(_ other: WorkerRecord) {
        summed += 1
        pictures += other.pictures
        leases += other.leases
        times += other.times
        preparingSeconds += other.preparingSeconds
        connectedSeconds += other.connectedSeconds
    }

    /// Seconds without work. Gradients are computed alongside extraction, so this may be less than the actual
    /// idle time.
    package var waitingSeconds: Double { max(0, connectedSeconds - preparingSeconds - times.total) }
}

/// What every worker has done. Those that left most recently are kept one by one, and the rest as a sum. The
/// result of the run doesn't depend on it.
struct WorkerLedger: Sendable {
    private struct Entry: Sendable {
        var record: WorkerRecord
        /// When the current connection joined.
        var joined: Instant?
        var isReady = false
        /// Its position in the order of leaving.
        var departure: Departure?
    }

    private struct Departure: Sendable, Comparable {
        let order: Int
        let number: Int

        static func < (left: Departure, right: Departure) -> Bool { left.order < right.order }
    }

    /// By number.
    private var entries: [Int: Entry] = [:]
    private var gone = SortedSet<Departure>()
    private var departures = 0
    private var others = WorkerRecord(number: 0, host: "", processID: 0, threads: 0, kernels: "")
    private let goneAtMost: Int

    /// - Parameter goneAtMost: how many of the workers that have left are kept one by one.
    init(goneAtMost: Int = ProtocolLimits().workersRemembered) { self.goneAtMost = goneAtMost }

    /// How many workers are kept one by one.
    var count: Int { entries.count }

    mutating func join(number: Int, _ hello: Hello, now: Instant) {
        let record = WorkerRecord(
            number: number, host: hello.host, processID: hello.processID, threads: hello.threads,
            kernels: hello.kernels)
        var entry = entries[number] ?? Entry(record: record)
        if let departure = entry.departure { gone.remove(departure) }
        (entry.joined, entry.isReady, entry.departure, entry.record.departure) = (now, false, nil, nil)
        entries[number] = entry
    }

    mutating func ready(number: Int, now: Instant) {
        guard let entry = entries[number], !entry.isReady, let joined = entry.joined else { return }
        entries[number]?.isReady = true
        entries[number]?.record.preparingSeconds += (now - joined).inSeconds
    }

    /// Notes that a worker has left; returns the number of a worker that is no longer kept by itself, if any.
    mutating func leave(number: Int, reason: String, now: Instant) -> Int? {
        guard var entry = entries[number] else { return nil }
        departures += 1
        let departure = Departure(order: departures, number: number)
        entry.record = record(entry, now: now)
        entry.record.departure = reason
        (entry.joined, entry.departure) = (nil, departure)
        entries[number] = entry
        gone.insert(departure)
        guard gone.count > goneAtMost, let first = gone.first else { return nil }
        gone.remove(first)
        if let entry = entries.removeValue(forKey: first.number) { others.add(entry.record) }
        return first.number
    }

    /// Counts an answer and its time, even if it is late or a failure.
    mutating func answer(number: Int, _ result: LeaseResult) {
        entries[number]?.record.leases += 1
        entries[number]?.record.times += result.times
    }

    /// Counts the pictures of an answer that was used.
    mutating func use(number: Int, _ work: Work) {
        switch work {
        case .extract(let samples, _), .evaluate(let samples, _):
            entries[number]?.record.pictures += samples.count
        case .check, .factorGradient, .denseGradient: break
        }
    }

    /// All workers as of `now`, by number, and then the sum of those that are not kept one by one.
    func records(now: Instant) -> [WorkerRecord] {
        entries.values.map { record($0, now: now) }.sorted { $0.number < $1.number }
            + (others.summed > 0 ? [others] : [])
    }

    private func record(_ entry: Entry, now: Instant) -> WorkerRecord {
        var record = entry.record
        guard let joined = entry.joined else { return record }
        let seconds = (now - joined).inSeconds
        record.connectedSeconds += seconds
        if !entry.isReady { record.preparingSeconds += seconds }
        return record
    }
}

/// The workers that work is left to: ready, heard of lately, and not long at what they have already. Nothing
/// waits for one that is silent, or stuck.
struct ReadyWorkers: Sendable {
    private struct Worker: Sendable {
        var heard: Instant
        /// Since when it has gradients to answer, and everything else, without an answer.
        var busySince: [Instant?] = [nil, nil]
        /// The last answer of each.
        var answered: [Instant?] = [nil, nil]
    }

    /// Those that are ready, by number.
    private var workers: [Int: Worker] = [:]
    private let patience: Duration
    /// An idle worker takes over what another has for longer; so long its word counts.
    private let ages: [Duration]
    /// Nothing at all waits for who has made no progress for so long.
    private let stuckAfter: Duration

    /// - Parameter ages: for gradients, and for everything else.
    init(
        patience: Duration, ages: [Duration] = [.seconds(1), .seconds(5)],
        stuckAfter: Duration = ProtocolLimits().stuckAfter
    ) {
        self.patience = patience
        self.ages = ages
        self.stuckAfter = stuckAfter
    }

    private static func lane(_ gradients: Bool) -> Int { gradients ? 0 : 1 }

    private func isHeard(_ worker: Worker, now: Instant) -> Bool { now - worker.heard <= patience }

    private func isPrompt(_ worker: Worker, gradients: Bool, now: Instant) -> Bool {
        guard isHeard(worker, now: now) else { return false }
        let lane = Self.lane(gradients)
        return worker.busySince[lane].map { now - $0 <= ages[lane] } ?? true
    }

    /// Whether work of a lane is left to it.
    func contains(_ worker: Int, gradients: Bool, now: Instant) -> Bool {
        workers[worker].map { isPrompt($0, gradients: gradients, now: now) } ?? false
    }

    func hasAny(besides others: Set<Int>, gradients: Bool, now: Instant) -> Bool {
        workers.contains { !others.contains($0.key) && isPrompt($0.value, gradients: gradients, now: now) }
    }

    /// Whether anybody else is there, however long it takes, unless it is stuck.
    func hasAny(besides others: Set<Int>, now: Instant) -> Bool {
        workers.contains {
            !others.contains($0.key) && isHeard($0.value, now: now)
                && stuckFor($0.value, now: now) ?? .zero <= stuckAfter
        }
    }

    /// Whether somebody else is there that is not stuck.
    func hasAny(besides worker: Int, stuckAfter age: Duration, now: Instant) -> Bool {
        workers.contains {
            $0.key != worker && isHeard($0.value, now: now) && stuckFor($0.value, now: now) ?? .zero <= age
        }
    }

    /// How long it has had something to do and made no progress.
    func stuckFor(_ worker: Int, now: Instant) -> Duration? {
        workers[worker].flatMap { stuckFor($0, now: now) }
    }

    private func stuckFor(_ worker: Worker, now: Instant) -> Duration? {
        worker.busySince.compactMap { $0 }.min().map { now - $0 }
    }

    func busySince(_ worker: Int, gradients: Bool) -> Instant? {
        workers[worker]?.busySince[Self.lane(gradients)]
    }

    // MARK: Changes

    mutating func note(_ worker: Int, heard time: Instant) {
        if workers[worker] == nil { workers[worker] = Worker(heard: time) }
        workers[worker]?.heard = time
    }

    mutating func remove(_ worker: Int) { workers[worker] = nil }

    /// It has something to do in a lane from `time` on, or nothing.
    mutating func note(_ worker: Int, gradients: Bool, busySince time: Instant?) {
        workers[worker]?.busySince[Self.lane(gradients)] = time
    }

    /// It has answered, and goes on if it `isBusy` still.
    mutating func note(_ worker: Int, gradients: Bool, answered time: Instant, isBusy: Bool) {
        workers[worker]?.answered[Self.lane(gradients)] = time
        note(worker, gradients: gradients, busySince: isBusy ? time : nil)
    }

    /// It counts on in what it does. That is progress, but not for ever without an answer.
    mutating func note(_ worker: Int, countsAt time: Instant, atMost: Duration) {
        guard let known = workers[worker] else { return }
        for lane in known.busySince.indices where known.busySince[lane] != nil {
            if known.answered[lane] == nil { workers[worker]?.answered[lane] = known.busySince[lane] }
            guard time - (workers[worker]?.answered[lane] ?? time) <= atMost else { continue }
            workers[worker]?.busySince[lane] = time
        }
    }

    mutating func forgetWork(of worker: Int) { workers[worker]?.busySince = [nil, nil] }

    /// Time has passed in which nobody could be heard.
    mutating func forgive(_ duration: Duration, now: Instant) {
        for (number, worker) in workers {
            workers[number]?.heard = min(worker.heard + duration, now)
            workers[number]?.busySince = worker.busySince.map { $0.map { min($0 + duration, now) } }
            workers[number]?.answered = worker.answered.map { $0.map { min($0 + duration, now) } }
        }
    }
}

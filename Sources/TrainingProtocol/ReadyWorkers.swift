/// The workers that work is left to: ready, heard of lately, and not long at what they have already. Nothing
/// waits for one that is silent, or stuck.
struct ReadyWorkers: Sendable {
    private struct Worker: Sendable {
        var heard: Instant
        var gradients = Lane()
        /// Everything but gradients.
        var others = Lane()

        subscript(gradients isOfGradients: Bool) -> Lane {
            get { isOfGradients ? gradients : others }
            set { if isOfGradients { gradients = newValue } else { others = newValue } }
        }
    }

    private struct Lane: Sendable {
        /// Since when it has something to answer without an answer.
        var busySince: Instant?
        var answered: Instant?

        /// It counts on in what it does, as it may for so long without an answer.
        mutating func count(at time: Instant, atMost: Duration) {
            guard let busySince else { return }
            let last = answered ?? busySince
            answered = last
            if time - last <= atMost { self.busySince = time }
        }

        mutating func forgive(_ duration: Duration, now: Instant) {
            busySince = busySince.map { min($0 + duration, now) }
            answered = answered.map { min($0 + duration, now) }
        }
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

    private func isHeard(_ worker: Worker, now: Instant) -> Bool { now - worker.heard <= patience }

    private func isPrompt(_ worker: Worker, gradients: Bool, now: Instant) -> Bool {
        guard isHeard(worker, now: now) else { return false }
        let age = ages[gradients ? 0 : 1]
        return worker[gradients: gradients].busySince.map { now - $0 <= age } ?? true
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
        [worker.gradients.busySince, worker.others.busySince].compactMap { $0 }.min().map { now - $0 }
    }

    func busySince(_ worker: Int, gradients: Bool) -> Instant? {
        workers[worker]?[gradients: gradients].busySince
    }

    // MARK: Changes

    mutating func note(_ worker: Int, heard time: Instant) {
        if workers[worker] == nil { workers[worker] = Worker(heard: time) }
        workers[worker]?.heard = time
    }

    mutating func remove(_ worker: Int) { workers[worker] = nil }

    /// It has something to do in a lane from `time` on, or nothing.
    mutating func note(_ worker: Int, gradients: Bool, busySince time: Instant?) {
        workers[worker]?[gradients: gradients].busySince = time
    }

    /// It has answered, and goes on if it `isBusy` still.
    mutating func note(_ worker: Int, gradients: Bool, answered time: Instant, isBusy: Bool) {
        workers[worker]?[gradients: gradients] = Lane(busySince: isBusy ? time : nil, answered: time)
    }

    /// It counts on in what it does. That is progress, but not for ever without an answer.
    mutating func note(_ worker: Int, countsAt time: Instant, atMost: Duration) {
        workers[worker]?.gradients.count(at: time, atMost: atMost)
        workers[worker]?.others.count(at: time, atMost: atMost)
    }

    mutating func forgetWork(of worker: Int) {
        workers[worker]?.gradients.busySince = nil
        workers[worker]?.others.busySince = nil
    }

    /// Time has passed in which nobody could be heard.
    mutating func forgive(_ duration: Duration, now: Instant) {
        for (number, worker) in workers {
            workers[number]?.heard = min(worker.heard + duration, now)
            workers[number]?.gradients.forgive(duration, now: now)
            workers[number]?.others.forgive(duration, now: now)
        }
    }
}

/// The workers that can be expected to do their work: ready, heard recently, and not busy for too long.
/// Nothing waits for a worker that is silent or stuck.
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
        /// Since when it has had work without answering or making progress; `nil` if it has none.
        var busySince: Instant?
        var answered: Instant?

        /// Notes progress, which counts for at most `atMost` after the last answer.
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

    /// The ready workers, by number.
    private var workers: [Int: Worker] = [:]
    private let patience: Duration
    /// By lane, how long a worker may be busy before it is no longer waited for; an idle one may then take
    /// over its work.
    private let ages: [Duration]
    /// A worker without progress for this long is not waited for at all.
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

    /// Whether work of a lane is reserved for the worker.
    func contains(_ worker: Int, gradients: Bool, now: Instant) -> Bool {
        workers[worker].map { isPrompt($0, gradients: gradients, now: now) } ?? false
    }

    func hasAny(besides others: Set<Int>, gradients: Bool, now: Instant) -> Bool {
        workers.contains { !others.contains($0.key) && isPrompt($0.value, gradients: gradients, now: now) }
    }

    /// Whether another worker is there, however long it takes, unless it is stuck.
    func hasAny(besides others: Set<Int>, now: Instant) -> Bool {
        workers.contains {
            !others.contains($0.key) && isHeard($0.value, now: now)
                && stuckFor($0.value, now: now) ?? .zero <= stuckAfter
        }
    }

    /// Whether another worker is there that isn't stuck.
    func hasAny(besides worker: Int, stuckAfter age: Duration, now: Instant) -> Bool {
        workers.contains {
            $0.key != worker && isHeard($0.value, now: now) && stuckFor($0.value, now: now) ?? .zero <= age
        }
    }

    /// How long the worker has had work without making progress.
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

    /// Notes that a worker has work in a lane since `time`, or none.
    mutating func note(_ worker: Int, gradients: Bool, busySince time: Instant?) {
        workers[worker]?[gradients: gradients].busySince = time
    }

    /// Notes an answer, after which the worker goes on if it `isBusy`.
    mutating func note(_ worker: Int, gradients: Bool, answered time: Instant, isBusy: Bool) {
        workers[worker]?[gradients: gradients] = Lane(busySince: isBusy ? time : nil, answered: time)
    }

    /// Notes progress, which counts for at most `atMost` after the last answer.
    mutating func note(_ worker: Int, countsAt time: Instant, atMost: Duration) {
        workers[worker]?.gradients.count(at: time, atMost: atMost)
        workers[worker]?.others.count(at: time, atMost: atMost)
    }

    mutating func forgetWork(of worker: Int) {
        workers[worker]?.gradients.busySince = nil
        workers[worker]?.others.busySince = nil
    }

    /// Discounts time in which no worker could be heard.
    mutating func forgive(_ duration: Duration, now: Instant) {
        for (number, worker) in workers {
            workers[number]?.heard = min(worker.heard + duration, now)
            workers[number]?.gradients.forgive(duration, now: now)
            workers[number]?.others.forgive(duration, now: now)
        }
    }
}

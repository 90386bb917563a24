import TrainingProtocol
import WireMessages

/// What is wrong with a worker's first process; later processes are sound.
struct Misconduct: Sendable, Equatable {
    enum Manner: Sendable, Equatable {
        /// Its answers have wrong bytes, without any sign of it.
        case lies
        /// It calls every picture unreadable.
        case callsUnreadable
        /// It calls every picture readable.
        case callsReadable
        /// It reports failures, as with a full disk.
        case fails
        /// Its thread is stuck, for a while or for ever. If it `beats`, the rest of its process continues.
        case hangs(beats: Bool, lasts: SimulatedTime?)
    }

    enum Frequency: Sendable, Equatable { case once, everyOther, always }

    var manner: Manner
    var task: WorkerTask
    /// The number, from zero, of the first of the task's leases that is affected.
    var begins: Int
    var frequency: Frequency
    /// How much longer its first leases of the task take, so that others take them over.
    var slowness: SimulatedTime = 0

    /// The extra time of a lease.
    func delay(number: Int) -> SimulatedTime { number < begins + Self.slowLeases ? slowness : 0 }

    private static let slowLeases = 8

    /// Whether the task's lease of this number is affected.
    func happens(in task: WorkerTask, number: Int) -> Bool {
        guard task == self.task, number >= begins else { return false }
        return switch frequency {
        case .once: number == begins
        case .everyOther: (number - begins) % 2 == 0
        case .always: true
        }
    }

    /// Whether it gives false answers.
    var isLie: Bool {
        switch manner {
        case .lies, .callsUnreadable, .callsReadable: true
        case .fails, .hangs: false
        }
    }

    /// Whether a process stops working for ever at some time.
    var isForEver: Bool { if case .hangs(_, lasts: nil) = manner { true } else { false } }
}

/// The kinds of work that a worker does.
enum WorkerTask: Int, Sendable, CaseIterable {
    case prepare, check, extract, factorGradient, denseGradient, evaluate

    init(_ work: Work) {
        self =
            switch work {
            case .check: .check
            case .extract: .extract
            case .factorGradient: .factorGradient
            case .denseGradient: .denseGradient
            case .evaluate: .evaluate
            }
    }
}

extension Outcome {
    /// The answer as this manner of misconduct changes it; by chance it may stay right.
    func spoiled(_ manner: Misconduct.Manner, word: UInt64) -> Outcome {
        switch (manner, self) {
        case (.fails, _): return .failed(reason: "no space left")
        case (.callsUnreadable, .checked(let reasons)):
            return .checked(reasons.map { $0 ?? (word % 2 == 0 ? "" : "looks odd") })
        case (.callsReadable, .checked(let reasons)): return .checked(reasons.map { _ in nil })
        case (.lies, .extracted(var features)):
            guard !features.isEmpty else { return self }
            features[0] = FakeArithmetic.tensor(word)
            return .extracted(features)
        case (.lies, .factorGradient(var gradient)):
            gradient.outputDelta = FakeArithmetic.tensor(word)
            return .factorGradient(gradient)
        case (.lies, .denseGradient(_, let gradient)):
            return .denseGradient(kernel: FakeArithmetic.tensor(word), gradient)
        case (.lies, .evaluated(var scores)):
            guard !scores.isEmpty else { return self }
            scores[0].loss += 1
            return .evaluated(scores)
        default: return self
        }
    }

    /// A hash that is equal for two answers only if they are the same.
    var word: UInt64 {
        var mixing = Mixing()
        switch self {
        case .checked(let reasons): for reason in reasons { mixing.add(reason == nil ? 1 : 2) }
        case .extracted(let features):
            for feature in features { mixing.add(FakeArithmetic.word(of: feature)) }
        case .factorGradient(let gradient): mixing.add(FakeArithmetic.word(of: gradient.outputDelta))
        case .denseGradient(let kernel, let gradient):
            mixing.add(FakeArithmetic.word(of: kernel))
            mixing.add(FakeArithmetic.word(of: gradient.outputGradient))
        case .evaluated(let scores): for score in scores { mixing.add(UInt64(score.loss.bitPattern)) }
        case .failed: break
        }
        return mixing.value
    }

    /// Whether the work was done.
    var isAnswer: Bool { if case .failed = self { false } else { true } }
}

import Foundation

enum FuzzBound {
    case inputs(Int)
    case seconds(Double)
}

/// The number of the current input, in memory that outlives the process.
final class SharedProgress {
    private let values: UnsafeMutablePointer<Int>
    private static let byteCount = 2 * MemoryLayout<Int>.size

    init(path: String) throws {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        defer { close(descriptor) }
        let memory = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard descriptor >= 0, let memory, memory != MAP_FAILED else { throw POSIXError(.EIO) }
        values = memory.bindMemory(to: Int.self, capacity: 2)
    }

    deinit { munmap(values, Self.byteCount) }

    func begin(_ number: Int) { values[0] = number }
    func accept() { values[1] += 1 }
    var number: Int { values[0] }
    var accepted: Int { values[1] }

    /// Creates its file, filled with zeros.
    static func make(at path: String) throws {
        try Data(count: byteCount).write(to: URL(filePath: path))
    }
}

/// A child process and how it ended.
struct ChildRun {
    private let process = Process()

    struct End {
        /// What is wrong; `nil` if the child finished normally.
        let fault: String?
        /// Whether it was a trap in Swift code.
        var isTrap = false
    }

    init(_ arguments: [String]) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["child"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["SWIFT_BACKTRACE": "enable=no"]) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
    }

    /// The fault of an input that is not minimised, because each attempt would take as long.
    static let slow = "it took too long"

    /// The longest time for an input, whatever else the machine is doing.
    private static let longestSeconds = 120.0

    /// Waits for the child to end; ends it if it spends too long on one input.
    func wait(_ progress: SharedProgress? = nil) -> End {
        var (last, since) = (progress?.number, Date())
        var wasKilled = false
        while process.isRunning {
            usleep(2_000)
            if progress?.number != last { (last, since) = (progress?.number, Date()) }
            if Date().timeIntervalSince(since) > Self.longestSeconds, !wasKilled {
                wasKilled = true
                kill(process.processIdentifier, SIGKILL)
            }
        }
        guard process.terminationReason == .uncaughtSignal else {
            let status = process.terminationStatus
            return End(fault: status == 0 ? nil : "it ended the process with status \(status)")
        }
        if wasKilled { return End(fault: "it did not end") }
        let signal = process.terminationStatus
        if signal == SIGPROF { return End(fault: Self.slow) }
        return End(
            fault: "\(String(cString: strsignal(signal))) (signal \(signal))",
            isTrap: [SIGILL, SIGTRAP].contains(signal))
    }
}

/// Gives inputs to a parser in child processes, and keeps those that end one.
struct FuzzSearch {
    let parser: FuzzParser
    let seed: UInt64
    let corpus: String?
    let bound: FuzzBound
    let faultFolder: String

    struct Result {
        var inputs = 0
        var accepted = 0
        /// Crashes in a library that the program runs in a process of its own.
        var libraryFaults = 0
        var faults: [String] = []
    }

    /// After this many faults, the parser should be fixed first.
    private static let faultsAtMost = 5

    func run() throws -> Result {
        let start = Date()
        let scratch = try Scratch()
        let state = scratch.folder + "/state"
        let sound = scratch.folder + "/sound"
        try FuzzInputs.prepare(parser, corpus: corpus, folder: sound)
        let inputs = try FuzzInputs(parser, seed: seed, folder: sound)
        try SharedProgress.make(at: state)
        let progress = try SharedProgress(path: state)
        var result = Result()
        while result.faults.count < Self.faultsAtMost {
            var arguments = [
                "--parser", parser.name, "--seed", "\(seed)", "--sound", sound, "--state", state, "--first",
                "\(result.inputs)",
            ]
            switch bound {
            case .inputs(let count): arguments += ["--count", "\(max(0, count - result.inputs))"]
            case .seconds(let seconds):
                arguments += ["--seconds", "\(max(0, seconds + start.timeIntervalSinceNow))"]
            }
            let end = try ChildRun(arguments).wait(progress)
            result.inputs = progress.number + 1
            guard let fault = end.fault else { break }
            if parser.isIsolated, !end.isTrap {
                result.libraryFaults += 1
                continue
            }
            result.faults.append(try keep(inputs[progress.number], number: progress.number, fault: fault))
        }
        result.accepted = progress.accepted
        return result
    }

    /// Saves an input that ended the process, minimised within `triesAtMost` attempts.
    private func keep(_ input: [UInt8], number: Int, fault: String) throws -> String {
        var bytes = input
        try FileManager.default.createDirectory(atPath: faultFolder, withIntermediateDirectories: true)
        let path = "\(faultFolder)/\(parser.name)-\(seed)-\(number)"
        try Data(bytes).write(to: URL(filePath: path))
        var tries = 0
        var piece = bytes.count / 2
        while piece > 0, tries < Self.triesAtMost, fault != ChildRun.slow {
            var place = 0
            while place < bytes.count, tries < Self.triesAtMost {
                var smaller = bytes
                smaller.removeSubrange(place..<min(place + piece, bytes.count))
                tries += 1
                try Data(smaller).write(to: URL(filePath: path))
                if try ChildRun(["--parser", parser.name, "--file", path]).wait().fault != nil {
                    bytes = smaller
                } else {
                    place += piece
                }
            }
            piece /= 2
        }
        try Data(bytes).write(to: URL(filePath: path))
        return "\(path) (\(bytes.count) bytes): \(fault)"
    }

    private static let triesAtMost = 200
}

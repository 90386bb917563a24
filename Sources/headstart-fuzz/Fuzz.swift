import ArgumentParser
import Foundation

/// Feeds mutated inputs to every parser of files and messages, each parser in a process of its own.
@main
struct Fuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "headstart-fuzz",
        abstract: "Feeds bent files and messages to every parser; an input that traps is saved and named.",
        subcommands: [Search.self, Replay.self, Child.self], defaultSubcommand: Search.self)
}

/// Searches for inputs that crash a parser.
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bends sound inputs until the time is over; exits with 1 if one of them ended the process.")

    @Option(help: "Decides every input, together with its number.")
    var seed: UInt64 = 1

    @Option(help: "A folder whose files are begun from too.")
    var corpus: String?

    @Option(help: "Seconds in all, shared by the parsers.")
    var seconds = 60.0

    @Option(help: "Inputs for each parser, in place of a time.")
    var inputs: Int?

    @Option(parsing: .upToNextOption, help: "The parsers; all without it.")
    var parser: [String] = []

    @Option(help: "Where inputs are put that ended the process.")
    var out = "fuzz-faults"

    @Flag(help: "Names the parsers and stops.")
    var list = false

    func run() throws {
        if list {
            for parser in FuzzParser.all { print(parser.name) }
            return
        }
        let parsers = try parser.isEmpty ? FuzzParser.all : parser.map(FuzzParser.named)
        var faults = 0
        for parser in parsers {
            let bound = inputs.map(FuzzBound.inputs) ?? .seconds(seconds / Double(parsers.count))
            let search = FuzzSearch(
                parser: parser, seed: seed, corpus: corpus, bound: bound, faultFolder: out)
            let result = try search.run()
            faults += result.faults.count
            print("\(parser.name): \(result.inputs) inputs, \(result.accepted) of them read as sound")
            if result.libraryFaults > 0 { print("  \(result.libraryFaults) ended in the library") }
            fflush(nil)
            for fault in result.faults { print("  FAULT \(fault)") }
        }
        guard faults == 0 else { throw ExitCode(1) }
    }
}

struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Gives saved inputs to a parser, each in a process of its own; exits with 1 if one ends it."
    )

    @Argument(help: "The parser.")
    var parser: String

    @Argument(help: "Files with one input each.")
    var files: [String]

    func run() throws {
        let parser = try FuzzParser.named(parser)
        var isSound = true
        for file in files {
            let end = try ChildRun(["--parser", parser.name, "--file", file]).wait()
            guard let fault = end.fault else { continue }
            isSound = false
            print("FAULT \(file): \(fault)")
        }
        guard isSound else { throw ExitCode(1) }
    }
}

/// The child process that parses, and that a trap ends.
struct Child: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Parses inputs of a search from one number on, or one file.", shouldDisplay: false)

    @Option var parser: String
    @Option var file: String?
    @Option var seed: UInt64 = 1
    @Option(help: "The sound inputs.")
    var sound = ""
    @Option var first = 0
    @Option var count = Int.max
    @Option var seconds = Double.infinity
    @Option(help: "Where the number of the input under way is kept.")
    var state: String?

    /// An input that takes more than this hangs the program or exhausts the machine.
    private static let (cpuSeconds, memoryBytes) = (10, 6 << 30)

    func run() throws {
        let parser = try FuzzParser.named(parser)
        var memory = rlimit(rlim_cur: rlim_t(Self.memoryBytes), rlim_max: rlim_t(Self.memoryBytes))
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory)
        let scratch = try Scratch()
        if let file {
            guard let bytes = FileManager.default.contents(atPath: file) else {
                throw ValidationError("\(file) can't be read")
            }
            Self.bound(parser)
            _ = parser.accepts(Array(bytes), scratch)
            return
        }
        let progress = try state.map(SharedProgress.init(path:))
        let inputs = try FuzzInputs(parser, seed: seed, folder: sound)
        let deadline = Date().addingTimeInterval(seconds)
        for number in first..<(first.addingReportingOverflow(count).overflow ? .max : first + count) {
            // Reading the clock takes longer than parsing many an input.
            if number % 16 == 0, Date() > deadline { return }
            let bytes = inputs[number]
            progress?.begin(number)
            Self.bound(parser)
            if parser.accepts(bytes, scratch) { progress?.accept() }
        }
    }

    /// Has the system end the process if an input takes too long.
    private static func bound(_ parser: FuzzParser) {
        var timer = itimerval()
        timer.it_value.tv_sec = parser.isIsolated ? 1 : cpuSeconds
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    }
}

import Glibc
import ZeroMQTransport

// Every address requires a key, unless --insecure is given. Processes of one user on one machine meet at a
// Unix socket, which the kernel protects, and need none.

extension TrainingPlan {
    /// Throws for security options that contradict each other.
    func validateSecurity() throws(PlanError) {
        guard !isInsecure || keyDirectory == nil else {
            throw PlanError(
                option: "--insecure", problem: "there is --keys, which encrypts",
                remedy: "leave out one of the two")
        }
        guard keyDirectory?.isEmpty != true else {
            throw PlanError(
                option: "--keys", problem: "no folder is given", remedy: "name one made by headstart keygen")
        }
    }
}

extension WorkerPlan {
    package var security: SecuritySettings { token.map { SecuritySettings($0) } ?? .plain }

    /// The endpoint that the worker's socket dials: without a token, the meeting place of this user's
    /// coordinator on this machine.
    package var dialledEndpoint: String {
        guard meets, let port = (try? EndpointAddress(connectEndpoint)).flatMap({ UInt16($0.port) }) else {
            return connectEndpoint
        }
        return MeetingPlace(port: port).endpoint
    }

    /// How long to go on trying while the worker isn't admitted.
    package var handshakeTries: HandshakeTries {
        HandshakeTries(security, meeting: meets ? connectEndpoint : nil)
    }

    /// How the worker was admitted, for messages.
    package var admission: String {
        if token != nil { return "admitted, encrypted" }
        return meets ? "admitted as a process of the same user" : "nothing is encrypted"
    }

    private var meets: Bool { token == nil && !isInsecure && !MeetingPlace.isOne(connectEndpoint) }

    /// The path that stands for standard input.
    package static let standardInput = "-"

    /// Reads the token from a file, or from standard input up to the end of its first line.
    package mutating func takeToken(file path: String) throws {
        guard path != Self.standardInput else {
            return try takeToken(text: Self.lineOfStandardInput(), source: "standard input")
        }
        guard let text = try KeyFolder.text(of: path) else {
            throw KeyFileError.unreadable(
                path: path, reason: "there is no such file; copy the coordinator's RUN/token there")
        }
        token = try KeyFolder.reading(path) { try JoinToken(parsing: text) }
    }

    /// Byte by byte, since the rest is left to the watch for the input's end.
    private static func lineOfStandardInput() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < longestToken, read(STDIN_FILENO, &byte, 1) == 1, byte != UInt8(ascii: "\n") {
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let longestToken = 1_024

    /// Reads the token from its text; `source` names where it came from, such as "--token".
    package mutating func takeToken(text: String, source: String) throws {
        token = try KeyFolder.reading(source) { try JoinToken(parsing: text) }
    }

    /// Waits until the coordinator of `plan` has written its token into a shared folder, and takes it.
    ///
    /// - Throws: `KeyFileError.neverCame` after `seconds`.
    package mutating func awaitToken(of plan: TrainingPlan, seconds: Int) throws {
        let path = (plan.keyDirectory ?? plan.output) + "/" + KeyFolder.tokenName
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try KeyFolder.text(of: path) == nil {
            guard .now < deadline else { throw KeyFileError.neverCame(path: path, seconds: seconds) }
            usleep(Self.tokenPollMicroseconds)
        }
        try takeToken(file: path)
    }

    private static let tokenPollMicroseconds: UInt32 = 200_000

    /// Throws for options that contradict each other, and if nothing would prove who answers at another
    /// machine.
    func validateSecurity() throws(PlanError) {
        guard token == nil else {
            guard !isInsecure else {
                throw PlanError(
                    option: "--insecure", problem: "there is a token, which encrypts",
                    remedy: "leave out one of the two")
            }
            return
        }
        guard !isInsecure, !MeetingPlace.isOne(connectEndpoint) else { return }
        let isLoopback: Bool
        do { isLoopback = try EndpointAddress(connectEndpoint).isLoopback } catch {
            throw PlanError(
                option: "--connect", problem: "\"\(connectEndpoint)\" isn't an address",
                remedy: "write it as tcp://HOST:PORT")
        }
        guard isLoopback else {
            throw PlanError(
                option: "--token-file",
                problem:
                    "\(connectEndpoint) is another machine, and without a token nothing proves who answers",
                remedy: "give the coordinator's RUN/token, or --insecure where the coordinator has it too")
        }
    }
}

import Foundation
import Glibc
import Synchronization

package struct SpawnError: Error, Equatable, CustomStringConvertible {
    package let program: String
    package let code: Int32

    package init(program: String, code: Int32) {
        self.program = program
        self.code = code
    }

    package var description: String {
        "can't start \(program): \(String(cString: strerror(code))); check that it is there and may be executed"
    }
}

package enum ProcessEnd: Sendable, Equatable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    /// Whether a worker left because the run was over or because it was asked to.
    package var isInOrder: Bool { [.exited(0), .exited(WorkerOutcome.interruptedStatus)].contains(self) }

    package var description: String {
        switch self {
        case .exited(let status): "it exited with status \(status)"
        case .signalled(let signal):
            "it was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
        }
    }
}

/// A child process in a process group of its own, so that Ctrl-C at the terminal reaches only the parent,
/// which then stops it in order. Its standard input is a pipe that closes when the parent ends for any
/// reason.
package final class ChildProcess: Sendable {
    package let processID: pid_t
    /// The pipe to the child's standard input; closed on release.
    private let input: FileHandle
    private let output: FileHandle
    private let isReaped = Mutex(false)

    /// Starts `program`; its standard output is discarded, its standard error is delivered line by line.
    ///
    /// - Parameters:
    ///   - text: written to its standard input at first; less than a pipe holds (4 KiB).
    ///   - onLine: called on a private thread for each line of standard error.
    ///   - onEnd: called once on the same thread when the process has ended and all its lines were delivered.
    package init(
        program: String, arguments: [String], input text: String? = nil,
        onLine: @escaping @Sendable (String) -> Void, onEnd: @escaping @Sendable (ProcessEnd) -> Void
    ) throws(SpawnError) {
        let (inputPipe, errorPipe) = (Pipe(), Pipe())
        // Another child that inherited an end would keep the pipe open after its owner's death.
        for pipe in [inputPipe, errorPipe] {
            for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
                _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
            }
        }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_adddup2(&files, inputPipe.fileHandleForReading.fileDescriptor, STDIN_FILENO)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&files, errorPipe.fileHandleForWriting.fileDescriptor, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in SignalWatch.ending + [SIGUSR1, SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))

        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var child = pid_t()
        // Its log lines are read here, and this process logs them in its own form, so they must be plain
        // text.
        var variables: [UnsafeMutablePointer<CChar>?] = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("HEADSTART_LOG_") }.map { strdup("\($0.key)=\($0.value)") }
        defer { for variable in variables { free(variable) } }
        variables.append(nil)
        let code = posix_spawn(&child, program, &files, &attributes, words, variables)
        guard code == 0 else { throw SpawnError(program: program, code: code) }
        processID = child
        input = inputPipe.fileHandleForWriting
        output = errorPipe.fileHandleForReading
        // Close the parent's copies of the child's ends, or the pipes would never close.
        try? inputPipe.fileHandleForReading.close()
        try? errorPipe.fileHandleForWriting.close()
        // If the process has ended already, `onEnd` will tell.
        if let text { try? input.write(contentsOf: Data(text.utf8)) }
        let thread = Thread { [self] in
            readLines(onLine)
            onEnd(wait())
        }
        thread.name = "child \(child)"
        thread.start()
    }

    /// Sends a signal, unless the process has been reaped: its ID may be reused by then.
    package func send(signal: Int32) {
        isReaped.withLock { isReaped in
            if !isReaped { _ = kill(processID, signal) }
        }
    }

    /// Closes the child's standard input, which tells a worker to leave.
    package func closeInput() { try? input.close() }

    package var hasEnded: Bool { isReaped.withLock { $0 } }

    private func readLines(_ onLine: (String) -> Void) {
        var rest: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            // Foundation's reading would wait until the whole buffer is full.
            let count = read(output.fileDescriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest += piece[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                onLine(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeFirst(end + 1)
            }
            // A line that doesn't end is split rather than kept forever.
            if rest.count > Self.longestLine {
                onLine(String(decoding: rest, as: UTF8.self))
                rest = []
            }
        }
        if !rest.isEmpty { onLine(String(decoding: rest, as: UTF8.self)) }
    }

    private static let longestLine = 16_384

    private func wait() -> ProcessEnd {
        // Wait without reaping first, so that no signal is sent to a reused process ID.
        var information = siginfo_t()
        while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return isReaped.withLock { isReaped in
            isReaped = true
            var status: Int32 = 0
            while waitpid(processID, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
        }
    }
}

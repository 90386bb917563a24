import ArgumentParser
@preconcurrency import Glibc
import TrainingReports

/// Writes lines to standard error.
enum StandardError {
    /// Writes "error: what is wrong; what to do" on one line, whatever names it contains.
    static func error(_ text: String) { write("error: \(text.printable)\n") }

    /// Writes a note: worth knowing, but not an error.
    static func note(_ text: String) { write("note: \(text.printable)\n") }

    /// Writes on its own thread, which the process waits for a while before it ends.
    static let writer: TextWriter = {
        atexit { StandardError.writer.flush(within: StandardError.lastSeconds) }
        return TextWriter { StandardError.put($0) }
    }()

    /// How long an ending process waits for its last lines to be read.
    private static let lastSeconds = 5.0

    /// Writes `text` as it is, without waiting.
    static func write(_ text: String) { writer.write(text) }

    /// Drops text that can't be written, such as on a full disk or without a reader: a run must not end
    /// because of its log.
    private static func put(_ text: String) {
        let bytes = Array(text.utf8)
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(
                    STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
                    poll(&descriptor, 1, -1)
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}

/// Standard output, which results are printed to.
enum StandardOutput {
    /// Flushes printed text; throws if any of it could not be written.
    static func flush() throws {
        if fflush(stdout) != 0 { throw failure(": " + String(cString: strerror(errno))) }
        try check()
    }

    /// Throws if printed text could not be written, so that long work without a reader ends.
    static func check() throws {
        if ferror(stdout) != 0 { throw failure("") }
    }

    /// The width of the terminal at standard output; `nil` if it isn't a terminal.
    static var terminalColumns: Int? { terminalWidth(of: STDOUT_FILENO) }

    private static func failure(_ reason: String) -> any Error {
        // A pipe that its reader has closed, as `| head` does, needs no error message.
        var descriptor = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        if poll(&descriptor, 1, 0) == 1, descriptor.revents & Int16(POLLERR) != 0 {
            return ExitCode(Exit.brokenPipe)
        }
        return CommandFailure(
            "standard output can't be written\(reason); the results are incomplete, so send them elsewhere")
    }
}

/// The width of a stream's terminal; `nil` if the stream isn't a terminal.
func terminalWidth(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
}

/// Prepares the standard streams; every process of this program does this first.
package enum StandardStreams {
    /// Makes `write` to a closed pipe an error instead of a fatal signal, and opens closed standard streams:
    /// otherwise the next opened file would get the number of standard error, and the log would go into it.
    package static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // Standard output stays unwritable if it was closed, which the exit code reports.
            _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}

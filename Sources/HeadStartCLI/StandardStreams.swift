import ArgumentParser
@preconcurrency import Glibc
import TrainingReports

/// Lines on standard error.
enum StandardError {
    /// "error: what is wrong; what to do", on one line whatever names are in it.
    static func error(_ text: String) { write("error: \(text.printable)\n") }

    /// What is worth knowing and no failure.
    static func note(_ text: String) { write("note: \(text.printable)\n") }

    /// Writes on a thread of its own, for which the process' end waits a while.
    static let writer: TextWriter = {
        atexit { StandardError.writer.flush(within: StandardError.lastSeconds) }
        return TextWriter { StandardError.put($0) }
    }()

    /// How long a process that ends waits for a reader of its last lines.
    private static let lastSeconds = 5.0

    /// Writes `text` as it is, and waits for nobody.
    static func write(_ text: String) { writer.write(text) }

    /// What can't be written, because the disk is full or nobody listens, is lost: a run doesn't end for its
    /// log.
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

/// The stream that results are printed to.
enum StandardOutput {
    /// Sends out what was printed; throws when something could not be written.
    static func flush() throws {
        if fflush(stdout) != 0 { throw failure(": " + String(cString: strerror(errno))) }
        try check()
    }

    /// Throws when something that was printed could not be written, so that long work for nobody ends.
    static func check() throws {
        if ferror(stdout) != 0 { throw failure("") }
    }

    /// The width of the terminal that it is; `nil` where it is none.
    static var terminalColumns: Int? { terminalWidth(of: STDOUT_FILENO) }

    private static func failure(_ reason: String) -> any Error {
        // A pipe whose reader has gone, as `| head` does, is no failure that people want to hear of.
        var descriptor = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        if poll(&descriptor, 1, 0) == 1, descriptor.revents & Int16(POLLERR) != 0 {
            return ExitCode(Exit.brokenPipe)
        }
        return CommandFailure(
            "standard output can't be written\(reason); what was printed is cut, so send it elsewhere")
    }
}

/// The width of the terminal that a stream is; `nil` where it is none.
func terminalWidth(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
}

/// What every process of this program does to its streams before anything else.
package enum StandardStreams {
    /// Makes a reader that has gone an error of `write` instead of a death, and fills closed places: the next
    /// file that is opened would get the number of standard error, and the log would go into it.
    package static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // A closed standard output stays one that can't be written, which the exit code tells.
            _ = open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}

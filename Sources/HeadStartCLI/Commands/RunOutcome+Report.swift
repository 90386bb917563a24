import ArgumentParser
import ClusterRuntime
import TrainingReports

extension WorkerOutcome {
    /// Throws the exit code of a worker that was interrupted.
    func report() throws {
        if case .interrupted = self { throw ExitCode(Exit.interrupted) }
    }
}

extension RunOutcome {
    /// Prints the run's result, and throws the exit code of an interrupted run.
    func report(output: String) throws {
        for line in summary(output: output) { print(line.printable) }
        if case .interrupted = end { throw ExitCode(Exit.interrupted) }
    }

    /// The result as lines.
    func summary(output: String) -> [String] {
        var lines: [String] = []
        if let last = history.last { lines.append(ProgressText.result(last)) }
        switch end {
        case .completed: lines.append("model: \(output)/model.safetensors")
        case .stoppedEarly(let reason): lines += [reason, "model: \(output)/model.safetensors"]
        case .interrupted:
            lines.append(
                canResume
                    ? "interrupted; the state is saved in \(output), continue with --resume"
                    : "interrupted before the run had begun; start it again")
        case .failed(let reason): lines.append(reason)
        }
        if picturesLeftOut > 0 {
            let pictures = picturesLeftOut == 1 ? "1 picture was" : "\(picturesLeftOut) pictures were"
            lines.append("\(pictures) left out; \(output)/problems.csv has the reasons")
        }
        return lines
    }
}

import ArgumentParser
import ClusterRuntime

/// Says on standard output what a run came to, and throws the exit code of an interrupted one.
func finish(_ outcome: RunOutcome, of plan: TrainingPlan) throws {
    for line in summary(of: outcome, output: plan.output) { print(line) }
    if outcome.ending == .interrupted { throw ExitCode(Exit.interrupted) }
}

/// The lines that end a run.
func summary(of outcome: RunOutcome, output: String) -> [String] {
    var lines: [String] = []
    if let last = outcome.history.last {
        var parts = ["epoch \(last.epoch + 1)", "loss \(fixed(last.loss))", "accuracy \(fixed(last.accuracy))"]
        if let loss = last.validationLoss { parts.append("val_loss \(fixed(loss))") }
        if let accuracy = last.validationAccuracy { parts.append("val_accuracy \(fixed(accuracy))") }
        lines.append(parts.joined(separator: ", "))
    }
    switch outcome.ending {
    case .finished: lines.append("model: \(output)/model.safetensors")
    case .outOfTime: lines.append("the time is over; the state is saved, --resume goes on with \(output)")
    case .interrupted: lines.append("interrupted; the state is saved, --resume goes on with \(output)")
    }
    if outcome.picturesLeftOut > 0 {
        let pictures = outcome.picturesLeftOut == 1 ? "1 picture was" : "\(outcome.picturesLeftOut) pictures were"
        lines.append("\(pictures) left out: \(output)/problems.csv")
    }
    return lines
}

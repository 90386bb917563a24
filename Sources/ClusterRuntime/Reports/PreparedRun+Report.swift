import ContentAddressing
import Foundation
import TrainingProtocol
import TrainingReports

extension PreparedRun {
    /// The parts of the report that are known from the beginning.
    var reportBase: RunReport {
        var report = RunReport(
            name: (folder.path as NSString).lastPathComponent, end: nil, history: [],
            epochs: plan.epochs, trainingPictures: configuration.training.count)
        report.commands = [plan.repeatingCommand]
        report.facts = facts
        return report
    }

    private var facts: [RunReport.Fact] {
        var facts = [
            RunReport.Fact("Run", record.run),
            .init("Seed", "\(plan.seed)"),
            .init("Backbone", "\(plan.architecture.rawValue), weights \(plan.weights)"),
            .init("Weights' digest", record.weights),
            .init(
                "Training pictures", "\(configuration.training.count), digest \(record.trainingPictures)"),
        ]
        if let digest = record.validationPictures {
            facts.append(
                .init("Validation pictures", "\(configuration.validation.count), digest \(digest)"))
        }
        facts += [
            .init("Preprocessing", plan.preprocessing.rawValue),
            .init("Augmentation", plan.augmentation.map { $0.words } ?? "none"),
            .init("Schedule", "\(plan.epochs) epochs, batches of \(plan.batchSize)"),
            .init("Head", "\(plan.hiddenUnits) units, Adam at \(plan.learningRate)"),
            .init("Exchange", record.exchange.rawValue),
            .init("Arithmetic's digest", record.arithmetic),
        ]
        return facts
    }
}

import TrainingProtocol
import TrainingReports

extension LiveSnapshot {
    /// The snapshot in Prometheus' text format, version 0.0.4.
    package var metrics: String {
        var text = MetricsText()
        let running: Double = end == nil ? 1 : 0
        text.add("headstart_running", "Whether the run goes on.", [([], running)])
        text.add("headstart_epoch", "The epoch under way, from 1.", [([], Double(progress.epoch + 1))])
        text.add("headstart_epochs", "Epochs that the run is to have.", [([], Double(progress.epochs))])
        text.add(
            "headstart_pictures", "Pictures of the part under way.",
            [
                ([("state", "done")], Double(progress.picturesDone)),
                ([("state", "all")], Double(progress.picturesTotal)),
            ])
        text.add(
            "headstart_pictures_per_second", "Over the last seconds.",
            progress.picturesPerSecond.map { [([], $0)] } ?? [])
        if let last = history.last {
            let sets = [
                ("training", last.loss, last.accuracy),
                ("validation", last.validationLoss, last.validationAccuracy),
            ]
            text.add(
                "headstart_loss", "Of the last epoch that is over.",
                sets.compactMap { set in set.1.map { ([("set", set.0)], $0) } })
            text.add(
                "headstart_accuracy", "Of the last epoch that is over.",
                sets.compactMap { set in set.2.map { ([("set", set.0)], $0) } })
            text.add("headstart_epoch_seconds", "Of the last epoch that is over.", [([], last.seconds)])
        }
        addWorkers(to: &text)
        return text.text
    }

    private func addWorkers(to text: inout MetricsText) {
        func samples(
            _ value: (WorkerState) -> Double
        ) -> [(labels: [(name: String, value: String)], value: Double)] {
            workers.map { (Self.labels(of: $0.state), value($0.state)) }
        }
        text.add(
            "headstart_worker_up", "Whether the worker is there.", samples { $0.activity == nil ? 0 : 1 })
        text.add(
            "headstart_worker_pictures_total", "Pictures that the worker has done.",
            samples { Double($0.record.pictures) }, type: "counter")
        text.add(
            "headstart_worker_leases", "Leases that the worker holds.", samples { Double($0.leasesHeld) })
        text.add(
            "headstart_worker_oldest_lease_seconds", "For how long it holds the oldest.",
            samples(\.oldestLeaseSeconds))
        text.add(
            "headstart_worker_awaited", "Whether the run waits for it.", samples { $0.isWaitedFor ? 1 : 0 })
        let parts: [(name: String, value: (WorkerRecord) -> Double)] = [
            ("preparing", \.preparingSeconds), ("network", \.times.fetching),
            ("decoding", \.times.decoding), ("extraction", \.times.extraction), ("head", \.times.head),
            ("waiting", \.waitingSeconds),
        ]
        text.add(
            "headstart_worker_seconds", "Where the worker's time went.",
            workers.flatMap { worker in
                parts.map {
                    (Self.labels(of: worker.state) + [("part", $0.name)], $0.value(worker.state.record))
                }
            })
    }

    private static func labels(of state: WorkerState) -> [(name: String, value: String)] {
        [("worker", state.record.title), ("host", state.record.host)]
    }
}

/// Builds metrics in Prometheus' text format, which needs no registry and no library.
private struct MetricsText {
    var text = ""

    /// Adds a metric, unless it has no samples.
    mutating func add(
        _ name: String, _ help: String, _ samples: [(labels: [(name: String, value: String)], value: Double)],
        type: String = "gauge"
    ) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        for (labels, value) in samples {
            let inside = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            text += "\(name)\(inside.isEmpty ? "" : "{\(inside)}") \(Self.number(value))\n"
        }
    }

    private static func number(_ value: Double) -> String {
        value.isNaN ? "NaN" : value.isInfinite ? value > 0 ? "+Inf" : "-Inf" : "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.unicodeScalars.map { scalar in
            switch scalar {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(scalar)
            }
        }.joined()
    }
}

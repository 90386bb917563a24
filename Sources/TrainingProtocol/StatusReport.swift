import WireMessages

extension CoordinatorMachine {
    /// What the run and each worker are doing at `now`, one line each, for people who wonder why it takes
    /// long.
    package func report(now: Instant) -> [String] {
        let place =
            switch phase {
            case .checking: "checking pictures, \(check.answered) of \(check.open.count) done"
            case .awaitingFeatures(let step): "step \(step + 1) waits for features"
            case .preparing(let step): "step \(step + 1) is being prepared"
            case .collecting(let step): "step \(step + 1) waits for gradients"
            case .applying(let step): "step \(step + 1) is being applied"
            case .settling(let step): "step \(step + 1) waits for the end of a dispute"
            case .evaluating(let epoch): "epoch \(epoch + 1) is being evaluated"
            case .ended: "ended"
            }
        var lines = ["run: \(place); \(waitingFor(now: now) ?? "nothing has waited for long")"]
        for peer in peers {
            guard let worker = workers[peer] else { continue }
            let held = leases.held(by: peer).map { "\($0.id) for \((now - $0.since).inSeconds.tenths) s" }
            let work =
                worker.slots == 0
                ? "joining for \((now - worker.joined).inSeconds.tenths) s"
                : held.isEmpty ? "holds no lease" : "holds \(held.joined(separator: ", "))"
            lines.append(
                "worker \(worker.number) (host \(worker.hello.host), process \(worker.hello.processID)): "
                    + "\(work); heard \((now - worker.lastHeard).inSeconds.tenths) s ago, "
                    + "it says: \(worker.status.activity)")
        }
        if peers.isEmpty { lines.append("no worker is there") }
        return lines
    }
}

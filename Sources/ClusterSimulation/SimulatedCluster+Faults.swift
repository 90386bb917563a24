import TrainingProtocol
import WireMessages

extension SimulatedCluster {
    mutating func strike(_ fault: Fault) throws(Violation) {
        trace.note(now, 60, text: "FAULT: \(fault)")
        switch fault {
        case .clog(let worker, let lasts):
            workers[worker].cloggedUntil = max(workers[worker].cloggedUntil, now + lasts)
        case .cut(let worker, let up, let down, let lasts):
            if up { workers[worker].cutUpUntil = max(workers[worker].cutUpUntil, now + lasts) }
            if down { workers[worker].cutDownUntil = max(workers[worker].cutDownUntil, now + lasts) }
        case .crashWorker(let worker, let down):
            // If it is dead already, its successor has been planned.
            guard workers[worker].machine != nil else { return }
            killWorker(worker)
            events.plan(
                .startWorker(worker, incarnation: workers[worker].incarnation), at: now + down)
        case .pauseWorker(let worker, let lasts):
            workers[worker].pausedUntil = max(workers[worker].pausedUntil, now + lasts)
        case .reset(let worker):
            if let connection = workers[worker].connection { close(connection) }
        case .crashCoordinator(let down, let tearsWrite):
            guard coordinator != nil else { return }
            disk.crash(tearsWrite: tearsWrite)
            testimony.forget()
            stopCoordinator(restartAfter: down)
        case .stopCoordinator(let down):
            guard coordinator != nil else { return }
            // An update in progress is finished first.
            downAfterStop = down
            try feed(.stopRequested)
        case .breakProtocol(let worker):
            guard let connection = workers[worker].connection, now >= coordinatorStandsStillUntil,
                let peer = coordinator?.peer(of: connection)
            else { return }
            try feed(.brokeProtocol(peer, reason: "its message can't be understood"))
            close(connection)
        case .failOwner(let down):
            guard coordinator != nil else { return }
            downAfterStop = down
            try feed(.ownerFailed(reason: Scenario.ownersReason))
        case .stallCoordinator(let lasts):
            guard coordinator != nil else { return }
            coordinatorStandsStillUntil = max(coordinatorStandsStillUntil, now + lasts)
        case .jumpClock(let worker?, let jump): workers[worker].clockAhead += jump
        case .jumpClock(nil, let jump): coordinatorClockAhead += jump
        case .stopWorker(let worker, let down):
            guard workers[worker].machine != nil, workers[worker].pausedUntil <= now else { return }
            isStopping = true
            try feed(.stopRequested(reason: "it is asked to"), to: worker)
            isStopping = false
            events.plan(.startWorker(worker, incarnation: workers[worker].incarnation), at: now + down)
        }
    }

    /// Delivers an answer of another run, or from other weights, to the lease that was sent last.
    mutating func sendStray() throws(Violation) {
        guard !isCalm else { return }
        events.plan(.stray, at: now + drawTime(10_000_000...2_000_000_000))
        let worker = draw.next(below: workers.count)
        guard scenario.configuration.exchange == .factors, let id = coordinator?.openLeases.latest,
            id.kind == .gradient, let connection = workers[worker].connection
        else { return }
        let outcome = Outcome.factorGradient(
            FakeArithmetic.factors(
                gradient: 1, count: reference.schedule.places(ofChunk: id.chunk, step: id.step).count,
                classes: scenario.configuration.classes.count))
        // Of another run, or of this one from weights that it never had.
        let isOurs = draw.next(below: 2) == 0
        let stray = LeaseResult(
            id: id, run: isOurs ? scenario.configuration.run : "another", weights: FakeArithmetic.digest(2),
            seconds: 0, outcome: outcome)
        events.plan(.up(.result(stray), connection: connection), at: now)
    }
}

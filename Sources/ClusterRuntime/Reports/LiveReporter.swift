import Foundation
import LivePage
import Logging
import TrainingProtocol
import TrainingReports

/// Updates the live page once a second from the state machine.
struct LiveReporter {
    private static let interval = Duration.seconds(1)

    private let server: LivePageServer
    private let name: String
    private let display: ProgressDisplay
    private var meters: [Int: RateMeter] = [:]
    private var lastUpdate: Duration?
    private var lastProgress: ProgressSnapshot

    /// - Parameter name: the run folder's name.
    init(_ server: LivePageServer, name: String, display: ProgressDisplay) {
        self.server = server
        self.name = name
        self.display = display
        lastProgress = server.state.snapshot.progress
    }

    /// Opens the page; unless only this machine can reach it, its URL contains a secret token.
    static func open(_ plan: TrainingPlan, environment: RuntimeEnvironment) throws -> LivePageServer? {
        guard let text = plan.dashboard else { return nil }
        let address = try LivePageAddress(parsing: text)
        let secret = address.isLoopback ? nil : newSecret()
        let start = LiveSnapshot(
            name: (plan.output as NSString).lastPathComponent,
            progress: ProgressSnapshot(
                phase: .reading, epoch: 0, epochs: plan.epochs, picturesDone: 0, picturesTotal: 0))
        let server = try LivePageServer(LivePageState(start), address: address, secret: secret)
        let query = secret.map { "?token=\($0)" } ?? ""
        environment.logger.notice("live page: \(server.address.url(hostName: environment.hostName))\(query)")
        return server
    }

    private static func newSecret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in String(generator.next() as UInt64, radix: 36) }.joined()
    }

    /// Updates the page, at most once a second.
    mutating func update(_ machine: CoordinatorMachine, _ progress: ProgressSnapshot, at now: Instant) {
        let time = now.sinceOrigin
        guard lastUpdate.map({ time - $0 >= Self.interval }) ?? true else { return }
        lastUpdate = time
        lastProgress = progress
        server.state.update(snapshot(machine, end: nil, at: now))
    }

    /// Shows how the run ended, and closes the page.
    mutating func close(_ machine: CoordinatorMachine, end: RunEnd, at now: Instant) {
        lastProgress.waitingFor = nil
        server.stop(showing: snapshot(machine, end: end, at: now))
    }

    private mutating func snapshot(
        _ machine: CoordinatorMachine, end: RunEnd?, at now: Instant
    ) -> LiveSnapshot {
        let states = machine.workerStates(now: now)
        let numbers = Set(states.map(\.record.number))
        meters = meters.filter { numbers.contains($0.key) }
        let workers = states.map { state in
            let rate = meters[state.record.number, default: RateMeter()].rate(
                count: state.record.pictures, atSeconds: now.sinceOrigin.inSeconds)
            return LiveSnapshot.Worker(state: state, picturesPerSecond: rate)
        }
        return LiveSnapshot(
            name: name, end: end?.words, progress: lastProgress, history: machine.position.history,
            workers: workers, messages: display.recentLines)
    }
}

extension RunEnd {
    /// The words after "the run is over:".
    fileprivate var words: String {
        switch self {
        case .completed: "it is complete"
        case .stoppedEarly(let reason): reason
        case .interrupted: "it was interrupted, and --resume goes on"
        case .failed(let reason): "it failed: \(reason)"
        }
    }
}

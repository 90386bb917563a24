extension CoordinatorMachine {
    /// The names of the phases, for coverage counts.
    package static let phaseNames = [
        "checking", "awaiting", "preparing", "collecting", "applying", "settling", "evaluating", "ended",
    ]

    /// The index in `phaseNames`.
    package var phaseIndex: Int {
        switch phase {
        case .checking: 0
        case .awaitingFeatures: 1
        case .preparing: 2
        case .collecting: 3
        case .applying: 4
        case .settling: 5
        case .evaluating: 6
        case .ended: 7
        }
    }
}

extension WorkerMachine {
    /// The names of the phases, for coverage counts.
    package static let phaseNames = ["greeting", "preparing", "working", "ended"]

    /// The index in `phaseNames`.
    package var phaseIndex: Int {
        switch phase {
        case .greeting: 0
        case .preparing: 1
        case .working: 2
        case .ended: 3
        }
    }
}

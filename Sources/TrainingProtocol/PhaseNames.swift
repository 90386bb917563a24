extension CoordinatorMachine {
    /// The phases' names, for those who count transitions.
    package static let phaseNames = [
        "checking", "awaiting", "preparing", "collecting", "applying", "settling", "evaluating", "ended",
    ]

    /// The phase's place among the names.
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
    /// The phases' names, for those who count transitions.
    package static let phaseNames = ["greeting", "preparing", "working", "ended"]

    /// The phase's place among the names.
    package var phaseIndex: Int {
        switch phase {
        case .greeting: 0
        case .preparing: 1
        case .working: 2
        case .ended: 3
        }
    }
}

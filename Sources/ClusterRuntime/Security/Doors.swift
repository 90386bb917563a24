import Logging
import ZeroMQTransport

/// Where a coordinator is reached: by an address, with a key, and by this user's own processes at a meeting
/// place, without one.
struct Doors {
    /// The address, as workers dial it; `nil` where only own workers come.
    let endpoint: String?
    /// `nil` where there can be none, or nobody would come by it.
    let meetingPlace: MeetingPlace?
    private let fallback: String

    /// Opens them. Without a meeting place the coordinator goes on, and its own workers come by the address.
    ///
    /// - Parameter hasOwnWorkers: workers are started beside the coordinator.
    init(
        _ plan: TrainingPlan, router: RouterSocket, access: CoordinatorAccess, hasOwnWorkers: Bool,
        log: Logger
    ) throws(TransportError) {
        endpoint = if let listen = plan.listenEndpoint { try router.bind(listen) } else { nil }
        var place: MeetingPlace?
        if let endpoint {
            let address = try EndpointAddress(endpoint)
            if try EndpointAddress(plan.listenEndpoint ?? endpoint).includesLoopback {
                place = UInt16(address.port).map { MeetingPlace(port: $0) }
            }
            try router.checkRefusal()
        }
        if place == nil, hasOwnWorkers { place = MeetingPlace(name: access.name) }
        do throws(TransportError) {
            if let place { try router.meet(at: place) }
            meetingPlace = place
        } catch .noMeetingPlace(let path, let reason) {
            let error = TransportError.noMeetingPlace(path: path, reason: reason)
            log.notice("this user's workers need the token, as all others do: \(error)")
            meetingPlace = nil
        }
        fallback =
            if let endpoint { endpoint } else if meetingPlace == nil {
                try router.bind("tcp://127.0.0.1:*")
            } else { "" }
    }

    /// What the coordinator's own workers dial.
    var forOwnWorkers: String { meetingPlace?.endpoint ?? Self.onThisMachine(fallback) }

    /// What processes of this machine dial when the coordinator listens on every interface.
    private static func onThisMachine(_ endpoint: String) -> String {
        for everywhere in ["tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"] where endpoint.hasPrefix(everywhere) {
            return "tcp://127.0.0.1:" + endpoint.dropFirst(everywhere.count)
        }
        return endpoint
    }
}

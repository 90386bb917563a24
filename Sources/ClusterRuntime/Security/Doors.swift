import Logging
import ZeroMQTransport

/// Where workers reach a coordinator: at an address, with a key, or at a meeting place, where this user's own
/// processes need none.
struct Doors {
    /// The address that the coordinator listens at; `nil` if only its own workers come.
    let endpoint: String?
    /// `nil` if there can be none, or nobody would use it.
    let meetingPlace: MeetingPlace?
    private let fallback: String

    /// Opens the doors. If there can be no meeting place, the coordinator's own workers use the address.
    ///
    /// - Parameter hasOwnWorkers: whether the coordinator starts workers itself.
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

    /// The endpoint that the coordinator's own workers dial.
    var forOwnWorkers: String { meetingPlace?.endpoint ?? Self.onThisMachine(fallback) }

    /// The endpoint for processes of this machine, if the coordinator listens on every interface.
    private static func onThisMachine(_ endpoint: String) -> String {
        for everywhere in ["tcp://*:", "tcp://0.0.0.0:", "tcp://[::]:"] where endpoint.hasPrefix(everywhere) {
            return "tcp://127.0.0.1:" + endpoint.dropFirst(everywhere.count)
        }
        return endpoint
    }
}

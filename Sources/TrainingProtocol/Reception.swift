import WireMessages

/// The answers of a coordinator whose run is not ready yet.
package enum Reception {
    /// The answer to a message; `nil` if there is none.
    ///
    /// A worker that had joined an earlier coordinator gets the same answer as a new one, and says hello
    /// again.
    package static func answer(_ message: WorkerMessage, _ preparing: Preparing) -> CoordinatorMessage? {
        switch message {
        case .hello(let hello): refusal(of: hello).map { .refused(reason: $0) } ?? .preparing(preparing)
        case .ready, .heartbeat, .result: .preparing(preparing)
        case .leaving, .contentRequest: nil
        }
    }

    /// For example "preparing, 31 % of 1,200,000 pictures read".
    package static func words(read: Int, of pictures: Int) -> String {
        let share = pictures > 0 ? Int(Double(min(read, pictures)) / Double(pictures) * 100) : 0
        var digits = "\(pictures)"
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return "preparing, \(share) % of \(([digits] + groups).joined(separator: ",")) pictures read"
    }

    /// Why a worker can't join because of its protocol version; `nil` if it can.
    static func refusal(of hello: Hello) -> String? {
        guard hello.protocolVersion != protocolVersion else { return nil }
        return "it speaks protocol \(hello.protocolVersion), this coordinator \(protocolVersion); "
            + "install the same version of headstart on both"
    }
}

import WireMessages

/// What a coordinator answers before its run is ready.
package enum Reception {
    /// The answer to a message; `nil` where there is nothing to say.
    ///
    /// Who has joined an earlier coordinator hears the same as a newcomer, and greets anew.
    package static func answer(_ message: WorkerMessage, _ preparing: Preparing) -> CoordinatorMessage? {
        switch message {
        case .hello(let hello): refusal(of: hello).map { .refused(reason: $0) } ?? .preparing(preparing)
        case .ready, .heartbeat, .result: .preparing(preparing)
        case .leaving, .contentRequest: nil
        }
    }

    /// Such as "preparing, 31 % of 1,200,000 pictures read", for everybody who waits.
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

    /// Why a worker of another version can't take part.
    static func refusal(of hello: Hello) -> String? {
        guard hello.protocolVersion != protocolVersion else { return nil }
        return "it speaks protocol \(hello.protocolVersion), this coordinator \(protocolVersion); "
            + "install the same version of headstart on both"
    }
}

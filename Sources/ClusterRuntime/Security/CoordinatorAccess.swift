import Foundation
import Logging
import ZeroMQTransport

/// Decides who may join a run: holds its keys, follows changes to their files, and logs who was refused.
/// Confined to the coordinator's thread.
final class CoordinatorAccess {
    let security: SecuritySettings
    /// The name of the meeting place of a run without a port.
    let name: String
    private let keys: KeyFolder?
    private let log: Logger
    private var isSaved = false
    private var stamp: [String] = []
    /// The state of the files at the last check, if they had changed.
    private var changing: [String] = []
    private var lastLook = Duration.zero
    private var refusals = RefusalLog()

    /// How often the key files are checked.
    private static let lookInterval = Duration.milliseconds(500)

    /// Reads the keys or generates them; new ones stay in memory until `save`.
    init(_ plan: TrainingPlan, log: Logger) throws {
        self.log = log
        guard !plan.isInsecure else {
            security = .plain
            keys = nil
            name = "run-\(UUID().uuidString.prefix(16))"
            return
        }
        if let path = plan.keyDirectory, !FileManager.default.fileExists(atPath: path) {
            throw KeyFileError.noFolder(path: path)
        }
        let keys = try KeyFolder(path: plan.keyDirectory ?? plan.output)
        self.keys = keys
        name = "run-\(keys.server.publicKey.fingerprint)"
        security = .server(keys.server, admitted: AdmittedKeys(try keys.keysAtStart()))
    }

    /// The token that admits anyone who has it; `nil` if nothing is encrypted.
    var token: JoinToken? { keys?.token }

    /// Writes new keys into the run's folder, which exists by now.
    func save() throws {
        try keys?.save()
        isSaved = true
        stamp = keys?.stamp() ?? []
    }

    /// Removes keys that were made for a run that could not begin.
    func discard() { keys?.discard() }

    /// Logs how workers join a coordinator at `endpoint`, which they dial as `address`. Only the path of the
    /// token is logged.
    ///
    /// - Parameter meets: whether this user's workers on this machine need no token.
    func invite(to endpoint: String, dialled address: String, meets: Bool) throws {
        if let keys {
            let dial = "headstart worker --connect \(address)"
            let isLoopback = try EndpointAddress(endpoint).isLoopback
            let invitation =
                isLoopback && meets
                ? "\(dial); workers of other users need --token-file \(keys.tokenPath)"
                : "\(dial) --token-file \(keys.tokenPath)"
            log.notice("listening at \(endpoint), encrypted; start workers with: \(invitation)")
            return
        }
        log.notice("listening at \(endpoint); start workers with: headstart worker --connect \(address)")
        log.warning(
            "NOT PROTECTED: whoever reaches \(endpoint) can read the pictures, join the run and spoil its result; leave out --insecure to encrypt it"
        )
    }

    /// Rereads the key files if they have changed; returns whether a key may have been revoked.
    func refresh(at elapsed: Duration) -> Bool {
        // Keys that were never written can't have been removed.
        guard let keys, isSaved, elapsed - lastLook >= Self.lookInterval else { return false }
        lastLook = elapsed
        let new = keys.stamp()
        // An editor may empty a file before it fills it, so a change must look the same in two checks.
        guard new != stamp, new == changing, case .server(_, let admitted) = security else {
            changing = new
            return false
        }
        stamp = new
        do {
            let set = try keys.admittedKeys()
            admitted.replace(with: set)
            log.notice("the key files have changed: \(set.count) keys are admitted")
            return true
        } catch {
            log.error("the keys stay as they were: \(error)")
            return false
        }
    }

    func note(_ refusal: AccessRefusal) { refusals.note(refusal) }

    /// Logs the refusals, within bounds.
    func report(at elapsed: Duration) {
        for line in refusals.lines(at: elapsed) { log.warning("\(line)") }
    }
}

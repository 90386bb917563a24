import CLMDB
import ContentAddressing
import Synchronization

/// Values by digest on disk, shared by the processes of a host: what was computed once need not be computed
/// again.
///
/// Losing it costs time only, so it promises little but that firmly: a value that is given is the value that
/// was stored, whatever was killed or lost power in between, since each carries a digest that is checked when
/// it is read. LMDB commits by copying pages, so a process that dies while writing leaves what was there
/// before; commits are synced, all but the last page (`MDB_NOMETASYNC`), so that a power cut costs the last
/// commit and no more. It must lie on a disk of this host.
///
/// Space is bounded: values go to one of two generations, and when that has its share of the capacity the
/// older one is emptied and takes its place.
///
/// Any thread may use it; calls of one process take turns.
package final class FeatureStore: Sendable {
    /// Less room than this makes no store; it is used instead.
    package static let minimumCapacityBytes = 16 * 1024 * 1024

    /// What was found wrong at opening and set aside, for people; `nil` when all was well.
    package let note: String?

    private let environment: Mutex<FeatureStoreEnvironment>
    private let registration: DirectoryRegistration

    /// Opens the store in `directory`, which is made if it doesn't exist. A file that is damaged, or none of
    /// ours, is set aside under another name.
    ///
    /// - Parameter networkKind: the kind of the network file system that a folder lies on; `nil` for none.
    package init(
        directory: String, capacityBytes: Int, networkKind: (String) -> String? = { _ in nil }
    ) throws(FeatureStoreError) {
        let capacity = max(capacityBytes, Self.minimumCapacityBytes)
        try StoreDirectory.create(directory)
        if let kind = networkKind(directory) { throw .onNetwork(directory: directory, kind: kind) }
        registration = try DirectoryRegistration(directory)
        // Processes that start together must not set aside what one of them has just made.
        let opening = try StoreDirectory.OpeningLock(directory)
        defer { opening.release() }
        do {
            environment = Mutex(try FeatureStoreEnvironment(directory: directory, capacityBytes: capacity))
            note = nil
        } catch .damaged(_, let reason) {
            try StoreDirectory.setAside(directory)
            environment = Mutex(try FeatureStoreEnvironment(directory: directory, capacityBytes: capacity))
            note =
                "the feature store in \(directory) was \(reason); it was set aside as *.damaged, "
                + "and features are computed again"
        }
    }

    /// The value that was stored for `digest`, if it is there and whole.
    package func value(for digest: ContentDigest) -> [UInt8]? {
        environment.withLock { $0.value(for: digest) }
    }

    /// Keeps `value`; without room or on a full disk it is not kept, and nothing else is lost.
    package func store(_ value: [UInt8], for digest: ContentDigest) { store([(digest, value)]) }

    /// Keeps several values with one commit, which costs little more than one value's.
    package func store(_ values: [(digest: ContentDigest, value: [UInt8])]) {
        environment.withLock { $0.store(values) }
    }
}

/// Why a feature store can't be used.
package enum FeatureStoreError: Error, Equatable, CustomStringConvertible {
    /// This process has it open; LMDB loses its locks if one process opens a file twice.
    case alreadyOpen(directory: String)
    case unusable(directory: String, reason: String)
    /// Other hosts may have it too, whose changes LMDB doesn't see: they would destroy each other's.
    case onNetwork(directory: String, kind: String)
    /// The file isn't a sound store of ours.
    case damaged(directory: String, reason: String)

    package var description: String {
        switch self {
        case .alreadyOpen(let directory): "the feature store in \(directory) is open in this process already"
        case .unusable(let directory, let reason):
            "the feature store in \(directory) can't be used: \(reason); name a folder on a local disk that can be written"
        case .onNetwork(let directory, let kind):
            "the feature store can't lie on a network file system, and \(directory) is on \(kind); "
                + "name a folder on a disk of this host with --cache, or do without the store (--feature-store 0)"
        case .damaged(let directory, let reason):
            "the feature store in \(directory) is \(reason); remove the folder, its content can be computed again"
        }
    }
}

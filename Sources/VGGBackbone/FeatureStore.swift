import CLMDB
import ContentAddressing
import Synchronization

/// Stores values by digest on disk, shared by the processes of a host, so that they need not be computed
/// again.
///
/// Losing the store costs only time. Its one firm promise is that a returned value is the value that was
/// stored, even after a killed process or a power failure: each value carries a digest that is checked on
/// reading. LMDB commits by copying pages, so a process that dies while writing leaves the earlier content.
/// Commits are synced except for the last page (`MDB_NOMETASYNC`), so a power failure costs at most the last
/// commit. The store must be on a disk of this host.
///
/// Space is bounded: values go to one of two generations, and when that has used its share of the capacity,
/// the older one is emptied and takes its place.
///
/// Safe from any thread; calls within one process take turns.
package final class FeatureStore: Sendable {
    /// The smallest capacity; a smaller one is raised to this.
    package static let minimumCapacityBytes = 16 * 1024 * 1024

    /// A message about a damaged store that was set aside at opening; `nil` if there was none.
    package let note: String?

    private let environment: Mutex<FeatureStoreEnvironment>
    private let registration: DirectoryRegistration

    /// Opens the store in `directory`, which is created if necessary. A file that is damaged or isn't a
    /// feature store is set aside under another name.
    ///
    /// - Parameter networkKind: returns the kind of network file system that a folder is on; `nil` if it is
    ///   on none.
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

    /// The value that was stored for `digest`, or `nil` if it is missing or damaged.
    package func value(for digest: ContentDigest) -> [UInt8]? {
        environment.withLock { $0.value(for: digest) }
    }

    /// Stores `value`. If there is no room or the disk is full, it isn't stored, and nothing else is lost.
    package func store(_ value: [UInt8], for digest: ContentDigest) { store([(digest, value)]) }

    /// Stores several values in one commit, which costs little more than storing one.
    package func store(_ values: [(digest: ContentDigest, value: [UInt8])]) {
        environment.withLock { $0.store(values) }
    }
}

package enum FeatureStoreError: Error, Equatable, CustomStringConvertible {
    /// This process already has it open; LMDB loses its locks if one process opens a file twice.
    case alreadyOpen(directory: String)
    case unusable(directory: String, reason: String)
    /// Other hosts may use it too. LMDB doesn't see their changes, so they would destroy each other's data.
    case onNetwork(directory: String, kind: String)
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

import CLMDB
import ContentAddressing
import Glibc

/// Owns an LMDB environment with two generations of values and a mark of the current one.
///
/// Transactions never outlive a call, and calls take turns, so no thread keeps a reader slot. Unchecked
/// because of the C handle: with MDB_NOTLS any thread may use it in turn.
struct FeatureStoreEnvironment: ~Copyable, @unchecked Sendable {
    static let dataFile = "data.mdb"
    static let lockFile = "lock.mdb"
    /// Bytes of a value's digest, which is stored before the value.
    private static let checkBytes = 16
    /// The space that a value may waste in its first and in its last page.
    private static let pageBytes = 4096
    private static let currentKey: [UInt8] = Array("current".utf8)

    private let handle: OpaquePointer
    private let generations: [MDB_dbi]
    private let marks: MDB_dbi
    /// The maximum size of one generation. A quarter of the capacity is left for branch pages and for gaps
    /// too short for the next value.
    private let generationBytes: Int

    init(directory: String, capacityBytes: Int) throws(FeatureStoreError) {
        do {
            try FeatureStoreFile.checkMetaPages(path: directory + "/" + Self.dataFile)
            var created: OpaquePointer?
            try lmdb(mdb_env_create(&created))
            guard let created else { throw LMDBError(code: ENOMEM) }
            do {
                try lmdb(mdb_env_set_maxdbs(created, 2))
                try lmdb(mdb_env_set_maxreaders(created, 512))
                try lmdb(mdb_env_set_mapsize(created, capacityBytes))
                let flags = UInt32(MDB_NOTLS | MDB_NOMETASYNC)
                try lmdb(mdb_env_open(created, directory, flags, 0o600))
                // Frees the reader slots of killed processes.
                var dead: Int32 = 0
                try lmdb(mdb_reader_check(created, &dead))
                try Self.checkStructure(created)
                (generations, marks) = try Self.openDatabases(created)
            } catch {
                mdb_env_close(created)
                throw error
            }
            handle = created
            generationBytes = capacityBytes / 8 * 3
        } catch let error as LMDBError {
            throw error.storeError(directory)
        } catch let damage as FeatureStoreFile.Damage {
            throw .damaged(directory: directory, reason: damage.reason)
        } catch {
            throw .unusable(directory: directory, reason: "\(error)")
        }
    }

    deinit { mdb_env_close(handle) }

    func value(for digest: ContentDigest) -> [UInt8]? {
        try? withTransaction(MDB_RDONLY) { transaction in
            for generation in generations {
                guard let stored = try Self.get(transaction, generation, digest.bytes) else { continue }
                guard stored.count >= Self.checkBytes else { continue }
                let value = Array(stored.dropFirst(Self.checkBytes))
                if stored.prefix(Self.checkBytes).elementsEqual(Self.check(value, digest)) { return value }
            }
            return nil
        }
    }

    func store(_ values: [(digest: ContentDigest, value: [UInt8])]) {
        // Long values need contiguous pages, so the file may be full before all its pages are used.
        for remedy in [Eviction.older, .all, nil] {
            do {
                try write(values)
                return
            } catch let error as LMDBError where error.code == MDB_MAP_FULL {
                guard let remedy, (try? evict(remedy, whileCurrent: nil)) != nil else { return }
            } catch {
                return
            }
        }
    }

    private enum Eviction {
        case older, all
    }

    private func write(_ values: [(digest: ContentDigest, value: [UInt8])]) throws {
        let needed = values.reduce(0) { $0 + $1.value.count + 2 * Self.pageBytes }
        guard needed <= generationBytes / 8 else { throw LMDBError(code: MDB_BAD_VALSIZE) }
        let (used, written) = try withTransaction(MDB_RDONLY) { transaction in
            let current = try current(transaction)
            var statistics = MDB_stat()
            try lmdb(mdb_stat(transaction, generations[current], &statistics))
            // These counts come from the file; an impossible one is treated as a full file.
            let counts = [statistics.ms_branch_pages, statistics.ms_leaf_pages, statistics.ms_overflow_pages]
            let pages = counts.allSatisfy((0...1 << 40).contains) ? counts.reduce(0, +) : 1 << 40
            return (pages * Int(statistics.ms_psize), current)
        }
        if used + needed > generationBytes { try evict(.older, whileCurrent: written) }
        try withTransaction(0) { transaction in
            let generation = generations[try current(transaction)]
            for (digest, value) in values {
                try Self.put(transaction, generation, digest.bytes, Self.check(value, digest) + value)
            }
        }
    }

    /// Empties the older generation, which becomes the current one, or both. Does nothing if `expected` is no
    /// longer current, because another process was faster.
    private func evict(_ eviction: Eviction, whileCurrent expected: Int?) throws {
        try withTransaction(0) { transaction in
            let current = try current(transaction)
            guard expected == nil || expected == current else { return }
            try lmdb(mdb_drop(transaction, generations[1 - current], 0))
            if eviction == .all { try lmdb(mdb_drop(transaction, generations[current], 0)) }
            try Self.put(transaction, marks, Self.currentKey, [UInt8(1 - current)])
        }
        // LMDB reuses pages two commits after they were freed.
        for _ in 0..<2 {
            try withTransaction(0) { transaction in
                try Self.put(transaction, marks, Self.currentKey, [UInt8(try current(transaction))])
            }
        }
    }

    private func current(_ transaction: OpaquePointer) throws -> Int {
        try Self.get(transaction, marks, Self.currentKey)?.first == 1 ? 1 : 0
    }

    /// Runs `body` in a transaction, which is committed unless `body` throws.
    private func withTransaction<Result>(
        _ flags: Int32, _ body: (OpaquePointer) throws -> Result
    ) throws -> Result {
        var begun: OpaquePointer?
        var status = mdb_txn_begin(handle, nil, UInt32(flags), &begun)
        if status == MDB_MAP_RESIZED {
            // A process with a larger capacity has grown the file.
            try lmdb(mdb_env_set_mapsize(handle, 0))
            status = mdb_txn_begin(handle, nil, UInt32(flags), &begun)
        } else if status == MDB_READERS_FULL {
            var dead: Int32 = 0
            try lmdb(mdb_reader_check(handle, &dead))
            status = mdb_txn_begin(handle, nil, UInt32(flags), &begun)
        }
        try lmdb(status)
        guard let transaction = begun else { throw LMDBError(code: ENOMEM) }
        let result: Result
        do {
            result = try body(transaction)
        } catch {
            mdb_txn_abort(transaction)
            throw error
        }
        try lmdb(mdb_txn_commit(transaction))
        return result
    }

    private static func openDatabases(_ handle: OpaquePointer) throws -> ([MDB_dbi], MDB_dbi) {
        var transaction: OpaquePointer?
        try lmdb(mdb_txn_begin(handle, nil, 0, &transaction))
        var databases: [MDB_dbi] = []
        do {
            for name in ["a", "b", nil] {
                var database: MDB_dbi = 0
                try lmdb(mdb_dbi_open(transaction, name, name == nil ? 0 : UInt32(MDB_CREATE), &database))
                databases.append(database)
            }
        } catch {
            mdb_txn_abort(transaction)
            throw error
        }
        try lmdb(mdb_txn_commit(transaction))
        return (Array(databases[..<2]), databases[2])
    }

    /// LMDB follows page references without checking them, so the pages that it may follow are checked first,
    /// in a snapshot.
    private static func checkStructure(_ handle: OpaquePointer) throws {
        var descriptor: Int32 = -1
        try lmdb(mdb_env_get_fd(handle, &descriptor))
        for _ in 0..<100 {
            var transaction: OpaquePointer?
            try lmdb(mdb_txn_begin(handle, nil, UInt32(MDB_RDONLY), &transaction))
            defer { mdb_txn_abort(transaction) }
            let snapshot = UInt64(truncatingIfNeeded: mdb_txn_id(transaction))
            if try FeatureStoreFile.checkTrees(descriptor: descriptor, snapshot: snapshot) { return }
        }
        // Other processes write so fast that no snapshot's first page could be read in time; their data is
        // valid.
    }

    private static func check(_ value: [UInt8], _ digest: ContentDigest) -> ArraySlice<UInt8> {
        var hasher = ContentHasher()
        hasher.update(digest.bytes)
        hasher.update(value)
        return hasher.finalize().bytes.prefix(checkBytes)
    }

    /// The bytes stored under a key, valid during the transaction.
    private static func get(
        _ transaction: OpaquePointer, _ database: MDB_dbi, _ key: [UInt8]
    ) throws -> UnsafeRawBufferPointer? {
        var value = MDB_val()
        let status = key.withUnsafeBytes { bytes in
            // LMDB's keys aren't const, but are only read.
            var key = MDB_val(
                mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
            return mdb_get(transaction, database, &key, &value)
        }
        if status == MDB_NOTFOUND { return nil }
        try lmdb(status)
        return UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    }

    private static func put(
        _ transaction: OpaquePointer, _ database: MDB_dbi, _ key: [UInt8], _ value: [UInt8]
    ) throws {
        let status = key.withUnsafeBytes { key in
            value.withUnsafeBytes { value in
                var key = MDB_val(
                    mv_size: key.count, mv_data: UnsafeMutableRawPointer(mutating: key.baseAddress))
                var value = MDB_val(
                    mv_size: value.count, mv_data: UnsafeMutableRawPointer(mutating: value.baseAddress))
                return mdb_put(transaction, database, &key, &value, 0)
            }
        }
        try lmdb(status)
    }
}

struct LMDBError: Error {
    let code: Int32

    func storeError(_ directory: String) -> FeatureStoreError {
        switch code {
        case MDB_INVALID, MDB_VERSION_MISMATCH, MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_PANIC, MDB_INCOMPATIBLE:
            .damaged(directory: directory, reason: "damaged (\(String(cString: mdb_strerror(code))))")
        default: .unusable(directory: directory, reason: String(cString: mdb_strerror(code)))
        }
    }
}

private func lmdb(_ status: Int32) throws(LMDBError) {
    guard status == 0 else { throw LMDBError(code: status) }
}

import Glibc

/// Checks an LMDB file before LMDB maps it. A page reference that points past the end, or to a page already
/// in use, would crash the process or mix up values.
///
/// The layout is that of LMDB 0.9 on 64-bit little-endian machines: two pages with the roots, then pages of
/// branches, leaves and long values. Only these headers and nodes are read, which is a small part of the
/// file.
struct FeatureStoreFile {
    struct Damage: Error {
        let reason: String
    }

    private static let branch: UInt16 = 1
    private static let leaf: UInt16 = 2
    private static let overflow: UInt16 = 4
    private static let meta: UInt16 = 8
    private static let headerBytes = 16
    private static let maximumDepth = 32
    private static let noPage = UInt64.max
    /// An upper bound on transaction numbers: more than any store reaches, with room to count on.
    private static let transactionsAtMost: UInt64 = 1 << 48

    private let descriptor: Int32
    private let pageBytes: Int
    private let lastPage: UInt64
    private var seen: Set<UInt64> = [0, 1]

    /// Throws if the file's first pages would mislead LMDB itself. A missing or empty file is accepted, since
    /// LMDB creates it.
    static func checkMetaPages(path: String) throws(Damage) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Damage(reason: "not a file")
        }
        guard status.st_size > 0 else { return }
        let size = UInt64(status.st_size)
        for number in 0...UInt64(1) {
            let page = try Meta(descriptor, number)
            // The pages end before the file does, except for a few at the end that were never written.
            guard page.lastPage <= size / UInt64(page.pageBytes) + 1 << 20,
                page.transaction < Self.transactionsAtMost
            else {
                throw Damage(reason: "damaged (its first pages are not sound)")
            }
        }
    }

    /// Checks everything reachable from a snapshot's roots; false if the roots were overwritten meanwhile.
    static func checkTrees(descriptor: Int32, snapshot: UInt64) throws(Damage) -> Bool {
        let roots = try Meta(descriptor, snapshot & 1)
        guard roots.transaction == snapshot else { return snapshot == 0 }
        var file = FeatureStoreFile(descriptor, roots)
        try file.checkTree(root: roots.mainRoot, depth: 0, isFreeList: false)
        try file.checkTree(root: roots.freeRoot, depth: 0, isFreeList: true)
        return true
    }

    private init(_ descriptor: Int32, _ roots: Meta) {
        self.descriptor = descriptor
        pageBytes = roots.pageBytes
        lastPage = roots.lastPage
    }

    private mutating func checkTree(root: UInt64, depth: Int, isFreeList: Bool) throws(Damage) {
        guard root != Self.noPage else { return }
        guard depth < Self.maximumDepth else { throw Self.damage }
        let page = try tree(root)
        let count = (Int(page.number(UInt16.self, at: 12)) - Self.headerBytes) / 2
        let isBranch = page.number(UInt16.self, at: 10) == Self.branch
        for index in 0..<count {
            let offset = Int(page.number(UInt16.self, at: Self.headerBytes + 2 * index))
            guard offset >= Int(page.number(UInt16.self, at: 14)), offset + 8 <= pageBytes else {
                throw Self.damage
            }
            let low = UInt64(page.number(UInt32.self, at: offset))
            let flags = page.number(UInt16.self, at: offset + 4)
            let data = offset + 8 + Int(page.number(UInt16.self, at: offset + 6))
            guard data <= pageBytes else { throw Self.damage }
            if isBranch {
                try checkTree(root: low | UInt64(flags) << 32, depth: depth + 1, isFreeList: isFreeList)
            } else {
                try checkLeaf(
                    page, at: data, count: Int(low), flags: flags, depth: depth, isFreeList: isFreeList)
            }
        }
    }

    private mutating func checkLeaf(
        _ page: [UInt8], at data: Int, count: Int, flags: UInt16, depth: Int, isFreeList: Bool
    ) throws(Damage) {
        let isLong = flags == 1
        let isTree = flags == 2
        guard flags == 0 || isLong || isTree && !isFreeList else { throw Self.damage }
        guard data + (isLong ? 8 : count) <= pageBytes else { throw Self.damage }
        var value = isFreeList && !isLong ? Array(page[data..<data + count]) : []
        if isLong {
            let first = page.number(UInt64.self, at: data)
            let header = try read(first, Self.headerBytes)
            let pages = UInt64(Self.headerBytes + count + pageBytes - 1) / UInt64(pageBytes)
            guard header.number(UInt64.self, at: 0) == first,
                header.number(UInt16.self, at: 10) == Self.overflow,
                UInt64(header.number(UInt32.self, at: 12)) == pages, first <= lastPage,
                pages <= lastPage - first + 1
            else { throw Self.damage }
            for number in first..<first + pages { try see(number) }
            // If its last page is in the file, all of them are.
            _ = try read(first + pages - 1, pageBytes)
            if isFreeList { value = try Array(read(first, Self.headerBytes + count)[Self.headerBytes...]) }
        }
        if isFreeList { try checkFreePages(value) }
        if isTree {
            guard count == Meta.databaseBytes else { throw Self.damage }
            let root = page.number(UInt64.self, at: data + Meta.rootOffset)
            // Nested trees could otherwise be as deep as the file has pages.
            try checkTree(root: root, depth: depth + 1, isFreeList: false)
        }
    }

    /// Checks a list of free pages: their count, their numbers, then unused room. None of them may be in use.
    private mutating func checkFreePages(_ list: [UInt8]) throws(Damage) {
        guard list.count >= 8, list.count % 8 == 0 else { throw Self.damage }
        let count = list.number(UInt64.self, at: 0)
        guard count < UInt64(list.count / 8) else { throw Self.damage }
        for index in 0..<Int(count) { try see(list.number(UInt64.self, at: 8 + 8 * index)) }
    }

    /// Reads a page of a tree and checks its header.
    private mutating func tree(_ number: UInt64) throws(Damage) -> [UInt8] {
        try see(number)
        let page = try read(number, pageBytes)
        let flags = page.number(UInt16.self, at: 10)
        let lower = Int(page.number(UInt16.self, at: 12))
        guard page.number(UInt64.self, at: 0) == number, flags == Self.branch || flags == Self.leaf,
            lower > Self.headerBytes, lower % 2 == 0, lower <= Int(page.number(UInt16.self, at: 14)),
            Int(page.number(UInt16.self, at: 14)) <= pageBytes
        else { throw Self.damage }
        return page
    }

    private mutating func see(_ number: UInt64) throws(Damage) {
        guard number <= lastPage, seen.insert(number).inserted else { throw Self.damage }
    }

    private func read(_ page: UInt64, _ count: Int) throws(Damage) -> [UInt8] {
        guard page <= lastPage else { throw Self.damage }
        return try Self.read(descriptor, Int(page) * pageBytes, count)
    }

    private static let damage = Damage(reason: "damaged (its pages do not fit together)")

    fileprivate static func read(_ descriptor: Int32, _ offset: Int, _ count: Int) throws(Damage) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw Damage(reason: "cut short") }
            done += got
        }
        return bytes
    }

    /// One of the first two pages, with the roots of the last transaction or of the one before.
    private struct Meta {
        static let databaseBytes = 48
        static let rootOffset = 40
        let pageBytes: Int
        let freeRoot: UInt64
        let mainRoot: UInt64
        let lastPage: UInt64
        let transaction: UInt64

        init(_ descriptor: Int32, _ number: UInt64) throws(Damage) {
            let size = try Self.parse(FeatureStoreFile.read(descriptor, 0, 152)).number(UInt32.self, at: 40)
            guard size >= 512, size <= 65_536, size.nonzeroBitCount == 1 else {
                throw Damage(reason: "not a feature store")
            }
            pageBytes = Int(size)
            let page = try Self.parse(FeatureStoreFile.read(descriptor, Int(number) * pageBytes, 152))
            guard page.number(UInt32.self, at: 40) == size else {
                throw Damage(reason: "not a feature store")
            }
            freeRoot = page.number(UInt64.self, at: 40 + Self.rootOffset)
            mainRoot = page.number(UInt64.self, at: 88 + Self.rootOffset)
            lastPage = page.number(UInt64.self, at: 136)
            transaction = page.number(UInt64.self, at: 144)
        }

        private static func parse(_ page: [UInt8]) throws(Damage) -> [UInt8] {
            guard page.number(UInt16.self, at: 10) == meta, page.number(UInt32.self, at: 16) == 0xBEEF_C0DE,
                page.number(UInt32.self, at: 20) == 1
            else { throw Damage(reason: "not a feature store") }
            return page
        }
    }
}

extension [UInt8] {
    fileprivate func number<Number: FixedWidthInteger>(_: Number.Type, at offset: Int) -> Number {
        withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
    }
}

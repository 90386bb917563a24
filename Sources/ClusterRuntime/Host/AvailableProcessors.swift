/// The number of processors that this process may use, given its affinity (`taskset`, a cpuset) and the
/// quotas of its control groups.
enum AvailableProcessors {
    /// - Parameters:
    ///   - online: the system's number of processors, for when its files don't tell the affinity.
    ///   - read: returns a file's text; `nil` if it can't be read.
    static func count(online: Int, read: @escaping ControlGroups.Reader) -> Int {
        let affinity = affinity(read) ?? online
        // Half a processor allows one thread, one and a half allow two.
        let quota = ControlGroups(read: read).processorQuota.map {
            Int(min($0.rounded(.up), Double(affinity)))
        }
        return max(1, quota ?? affinity)
    }

    /// The number of online processors that this process may run on; its affinity may list others.
    private static func affinity(_ read: ControlGroups.Reader) -> Int? {
        let key = "Cpus_allowed_list:"
        let line = read("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix(key) }
        guard let allowed = line.map({ ranges(String($0.dropFirst(key.count))) }), !allowed.isEmpty,
            let online = read("/sys/devices/system/cpu/online").map(ranges)
        else { return nil }
        let count = allowed.reduce(0) { sum, range in
            sum + online.reduce(0) { $0 + $1.clamped(to: range).count * ($1.overlaps(range) ? 1 : 0) }
        }
        return count > 0 ? count : nil
    }

    /// Parses a list such as "0-3,8".
    private static func ranges(_ list: String) -> [ClosedRange<Int>] {
        list.split { $0 == "," || $0.isWhitespace }.compactMap { part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return nil }
            return first...last
        }
    }
}

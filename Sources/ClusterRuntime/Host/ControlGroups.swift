/// The control groups of this process, of both versions, read from the kernel's files.
package struct ControlGroups: Sendable {
    /// Returns a file's text; `nil` if it can't be read.
    package typealias Reader = @Sendable (_ path: String) -> String?

    private let read: Reader

    /// - Parameter read: reads files in `/proc` and in the groups' folders.
    package init(read: @escaping Reader) { self.read = read }

    /// The CPU quota in processors: the smallest along the path, since each group limits those below it;
    /// `nil` if there is none.
    var processorQuota: Double? {
        let second = folders(controller: nil).compactMap { folder in
            // "50000 100000", or "max 100000".
            read(folder + "/cpu.max").flatMap { text in
                let words = text.split(whereSeparator: \.isWhitespace)
                return words.count == 2 ? Self.quota(words[0], words[1]) : nil
            }
        }
        let first = folders(controller: "cpu").compactMap { folder -> Double? in
            guard let quota = read(folder + "/cpu.cfs_quota_us"),
                let period = read(folder + "/cpu.cfs_period_us")
            else { return nil }
            return Self.quota(Self.trimmed(quota), Self.trimmed(period))
        }
        return (first + second).min()
    }

    /// A quota that isn't a positive number, such as "max" or -1, is no limit.
    private static func quota(_ quota: Substring, _ period: Substring) -> Double? {
        guard let quota = Double(quota), let period = Double(period), quota > 0, period > 0,
            quota.isFinite, period.isFinite
        else { return nil }
        return quota / period
    }

    /// How many processes of this group the kernel has killed for lack of memory; `nil` if it doesn't tell.
    /// The kernel counts a kill before it sends the signal.
    var memoryKills: Int? {
        // The root group has no count of its own, only the machine's.
        let files =
            folders(controller: nil).prefix(1).map { $0 + "/memory.events" }
            + folders(controller: "memory").prefix(1).map { $0 + "/memory.oom_control" } + ["/proc/vmstat"]
        return files.lazy.compactMap { file in
            read(file)?.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
                .flatMap { Int($0.dropFirst("oom_kill ".count)) }
        }.first
    }

    /// The folders of this process's group and its ancestors, the innermost first.
    ///
    /// - Parameter controller: a controller of version 1; `nil` for version 2, which has a single tree.
    private func folders(controller: String?) -> [String] {
        guard let path = path(controller: controller), let mount = mount(controller: controller) else {
            return []
        }
        // The mount may show only a part of the tree, as in a container; a group outside of it isn't visible.
        var names = path.split(separator: "/")
        let root = mount.root.split(separator: "/")
        names = names.starts(with: root) && !names.contains("..") ? Array(names.dropFirst(root.count)) : []
        var folders: [String] = []
        while true {
            folders.append(([Substring(mount.folder)] + names).joined(separator: "/"))
            if names.popLast() == nil { return folders }
        }
    }

    /// This process's path in the tree, from a line such as "4:cpu,cpuacct:/path" or "0::/path".
    private func path(controller: String?) -> Substring? {
        for line in read("/proc/self/cgroup")?.split(separator: "\n") ?? [] {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",").map(String.init)
            if controller.map(controllers.contains) ?? (fields[0] == "0" && controllers.isEmpty) {
                return fields[2]
            }
        }
        return nil
    }

    /// Where the tree is mounted, and which part of it.
    private func mount(controller: String?) -> (folder: String, root: String)? {
        for line in read("/proc/self/mountinfo")?.split(separator: "\n") ?? [] {
            // 32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:5 - cgroup cgroup rw,cpu
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else { continue }
            let options = words[dash + 3].split(separator: ",").map(String.init)
            let isIt = words[dash + 1] == (controller == nil ? "cgroup2" : "cgroup")
            guard isIt, controller.map(options.contains) ?? true else { continue }
            return (String(words[4]), String(words[3]))
        }
        return nil
    }

    private static func trimmed(_ text: String) -> Substring {
        text.split(whereSeparator: \.isWhitespace).first ?? ""
    }
}

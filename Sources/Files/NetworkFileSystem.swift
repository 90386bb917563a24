import Glibc

/// File systems that several hosts may mount at the same time. There, one host doesn't see another's locks or
/// mapped files.
package enum NetworkFileSystem {
    /// Returns a file's text; `nil` if it can't be read.
    package typealias Reader = (_ path: String) -> String?

    /// The kernel's names. All FUSE file systems count too, except those over disks of this host.
    private static let kinds: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "ceph", "9p", "afs", "coda", "gpfs", "beegfs",
        "panfs", "pvfs2", "orangefs", "gfs2", "ocfs2", "ncpfs", "vboxsf", "vmhgfs", "prl_fs", "virtiofs",
        "fuse", "wekafs", "quobyte",
    ]
    private static let localFUSE: Set<String> = [
        "fuse.fuse-overlayfs", "fuse.mergerfs", "fuse.bindfs", "fuse.lxcfs", "fuse.squashfuse",
        "fuse.gocryptfs", "fuse.encfs", "fuse.ntfs-3g", "fuse.exfat",
    ]

    /// The kind of network file system that a folder is on, such as "nfs4"; `nil` for a disk or memory of
    /// this host, and if it can't be determined.
    package static func kind(of folder: String, read: Reader) -> String? {
        guard let resolved = realpath(folder, nil) else { return nil }
        defer { free(resolved) }
        let path = String(cString: resolved).split(separator: "/")
        var found: (depth: Int, kind: String)?
        for line in read("/proc/self/mountinfo")?.split(separator: "\n") ?? [] {
            // 90 31 0:52 / /home/u/far rw,nosuid - fuse.sshfs host:/ rw
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), dash > 4, words.count > dash + 1 else { continue }
            let place = unescaped(words[4]).split(separator: "/")
            // Of two mounts at one place, the later one covers the other.
            guard path.starts(with: place), place.count >= found?.depth ?? 0 else { continue }
            found = (place.count, String(words[dash + 1]))
        }
        guard let kind = found?.kind else { return nil }
        return kinds.contains(kind) || kind.hasPrefix("fuse.") && !localFUSE.contains(kind) ? kind : nil
    }

    /// Decodes spaces and similar characters, which are written as a backslash and three octal digits.
    private static func unescaped(_ place: Substring) -> String {
        var parts = place.split(separator: "\\", omittingEmptySubsequences: false).map { Array($0.utf8) }
        for index in parts.indices.dropFirst() {
            guard parts[index].count >= 3,
                let byte = UInt8(String(decoding: parts[index][..<3], as: UTF8.self), radix: 8)
            else { continue }
            parts[index].replaceSubrange(..<3, with: [byte])
        }
        return String(decoding: parts.joined(), as: UTF8.self)
    }
}

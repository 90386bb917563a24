import Foundation
import TestSupport
import Testing

@testable import Files

@Suite("A folder that other hosts may have too is known by the mount that it is on")
struct NetworkFileSystemTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["a b/c", "far", "farther"] {
            try FileManager.default.createDirectory(
                atPath: folder.path(name), withIntermediateDirectories: true)
        }
    }

    /// What a folder is on where each place has a mount of the kind.
    private func kind(of name: String, _ mounts: (place: String, kind: String)...) -> String? {
        let lines = mounts.enumerated().map { number, mount in
            let place = mount.place.isEmpty ? "/" : folder.path(mount.place)
            let escaped = place.replacing(" ", with: "\\040")
            return "\(30 + number) 1 0:\(number) / \(escaped) rw,nosuid shared:1 - \(mount.kind) source rw\n"
        }
        return NetworkFileSystem.kind(of: folder.path(name)) { path in
            path == "/proc/self/mountinfo" ? lines.joined() : nil
        }
    }

    @Test(
        "NFS, SMB, clusters' file systems and those of FUSE that aren't over a disk of this host are",
        arguments: [
            "nfs", "nfs4", "cifs", "smb3", "lustre", "ceph", "9p", "gpfs", "beegfs", "virtiofs",
            "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse",
        ])
    func network(name: String) {
        #expect(kind(of: "far", ("", "ext4"), ("far", name)) == name)
    }

    @Test(
        "disks, memory and layers over them are not",
        arguments: [
            "ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "f2fs", "fuseblk", "fuse.fuse-overlayfs",
        ])
    func local(name: String) {
        #expect(kind(of: "far", ("", "nfs4"), ("far", name)) == nil)
    }

    @Test(
        "the innermost mount counts, of two at one place the later, and a name that only begins alike doesn't"
    )
    func places() throws {
        #expect(kind(of: "a b/c", ("", "ext4"), ("a b", "nfs4")) == "nfs4")
        #expect(kind(of: "a b/c", ("a b/c", "ext4"), ("a b", "nfs4"), ("", "ext4")) == nil)
        #expect(kind(of: "far", ("far", "autofs"), ("far", "nfs")) == "nfs")
        #expect(kind(of: "farther", ("", "ext4"), ("far", "nfs")) == nil)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("link"), withDestinationPath: folder.path("far"))
        #expect(kind(of: "link", ("", "ext4"), ("far", "cifs")) == "cifs")
    }

    @Test("a folder of this machine's disk is none, nor is one that is absent, nor any where nothing is told")
    func here() {
        for path in [folder.path, "/dev/shm", folder.path("absent")] {
            let kind = NetworkFileSystem.kind(of: path) { try? String(contentsOfFile: $0, encoding: .utf8) }
            #expect(kind == nil)
        }
        #expect(kind(of: "far") == nil)
        #expect(NetworkFileSystem.kind(of: folder.path) { _ in "- -\n1 2 3 4 5 -\n" } == nil)
    }
}

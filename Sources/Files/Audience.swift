import Glibc

/// Who may access a new file or folder.
package enum Audience: Sendable {
    /// Only its owner, whatever the process's umask is: caches, keys, checkpoints and records.
    case owner
    /// Everyone whom the umask allows: models and reports, which are the user's to share.
    case shared

    var filePermissions: mode_t { self == .owner ? 0o600 : 0o644 }
    var folderPermissions: mode_t { self == .owner ? 0o700 : 0o755 }

    /// All permissions of group and others.
    static let foreignPermissions: mode_t = 0o077
}

/// Removes the permissions of group and others from a file or folder of this user, since earlier versions
/// granted them. One that belongs to another user is left unchanged, because its owner shares it on purpose.
package func keepPrivate(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_uid == geteuid(),
        [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT),
        status.st_mode & Audience.foreignPermissions != 0
    else { return }
    chmod(path, status.st_mode & 0o7777 & ~Audience.foreignPermissions)
}

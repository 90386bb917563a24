import Glibc

/// For whom a new file or folder is: the one place that knows permissions.
package enum Audience: Sendable {
    /// Its owner alone, whatever the process' umask: caches, keys, checkpoints and records.
    case owner
    /// Whoever the umask lets read it: models and reports, which are the user's to share.
    case shared

    var filePermissions: mode_t { self == .owner ? 0o600 : 0o644 }
    var folderPermissions: mode_t { self == .owner ? 0o700 : 0o755 }

    /// What group and others may do.
    static let foreignPermissions: mode_t = 0o077
}

/// Takes what others may do from a file or folder of this user, as earlier versions made them. One of another
/// user's is left as it is: whoever shares it knows.
package func keepPrivate(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_uid == geteuid(),
        [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT),
        status.st_mode & Audience.foreignPermissions != 0
    else { return }
    chmod(path, status.st_mode & 0o7777 & ~Audience.foreignPermissions)
}

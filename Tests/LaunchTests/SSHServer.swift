import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@testable import ClusterHarness

/// OpenSSH's server on 127.0.0.1 with keys of its own, for one test.
final class SSHServer {
    private static let program = "/usr/sbin/sshd"
    static var isInstalled: Bool {
        [program, "/usr/bin/ssh", "/usr/bin/ssh-keygen"].allSatisfy(
            FileManager.default.isExecutableFile(atPath:))
    }

    let port: Int
    /// A program that is `ssh` with the keys that this server knows.
    let client: String
    private let folder: TemporaryFolder
    /// Not Foundation's: the server closes every file that it inherits, which Foundation takes for its end.
    private let process: ClusterProcess

    init() throws {
        port = try LocalRun.freePort()
        folder = try TemporaryFolder()
        chmod(folder.path, 0o700)
        for name in ["host", "user"] {
            let keygen = Process()
            keygen.executableURL = URL(filePath: "/usr/bin/ssh-keygen")
            keygen.arguments = ["-q", "-t", "ed25519", "-N", "", "-f", folder.path(name)]
            try keygen.run()
            keygen.waitUntilExit()
            try #require(keygen.terminationStatus == 0)
        }
        // The server's privilege separation wants its folder.
        try? FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        let configuration = """
            Port \(port)
            ListenAddress 127.0.0.1
            HostKey \(folder.path("host"))
            AuthorizedKeysFile \(folder.path("user.pub"))
            StrictModes no
            PasswordAuthentication no
            PermitRootLogin yes
            UsePAM no
            PidFile none

            """
        let file = try folder.write("configuration", Array(configuration.utf8))
        let script = """
            #!/bin/bash
            exec /usr/bin/ssh -F none -i "\(folder.path("user"))" -o IdentitiesOnly=yes -o LogLevel=ERROR \\
                -o StrictHostKeyChecking=no -o UserKnownHostsFile="\(folder.path("known"))" "$@"
            """
        client = try folder.write("ssh", Array(script.utf8))
        chmod(client, 0o755)
        process = try ClusterProcess(
            name: "sshd", program: Self.program, arguments: ["-D", "-e", "-f", file])
        _ = process.waitForLine(seconds: 10) { $0.contains("Server listening") }
    }

    var log: String { process.lastLines }
}

import Foundation
import TestSupport
import Testing

@Suite("The commands of the documents run as they stand")
struct DocumentedCommandTests {
    /// Lines that begin so are not run, and why.
    private static let notRun = [
        "make ": "it builds, which these tests are part of",
        "headstart weights fetch": "it downloads 59 MB",
        "headstart launch": "it needs hosts with SSH; LaunchTests has one",
        "headstart benchmark backbone": "it takes half a minute; BackboneBenchmarkTests has a small one",
        "headstart benchmark head": "it takes half a minute; HeadBenchmarkTests has a small one",
        "kill ": "it needs a process to ask; FaultTests sends that signal",
    ]

    /// Documents whose blocks are not run, and why.
    private static let elsewhere = [
        "deploy/": "they need what they are about; the `try` scripts beside them, and LaunchTests, run them"
    ]

    /// What readers put their own for, and what is put for it here.
    private static let substitutions = [
        "tcp://192.168.1.5:7733": "tcp://127.0.0.1:$PORT",
        "runs/first/token": "keys/token",
        "srun ": "",
    ]

    /// The program with less to do: weights that need no download, one epoch. A coordinator goes to the
    /// background, as if it were another machine's; with keys, since this one's loopback is plain.
    private static let wrapper = """
        #!/bin/bash
        small=(--weights random:7 --epochs 1)
        case $1 in
        train) exec "$PROGRAM" "$@" "${small[@]}" ;;
        run)
            export RANK=0 WORLD_SIZE=1 MASTER_ADDR=127.0.0.1 MASTER_PORT=$PORT
            exec "$PROGRAM" "$@" "${small[@]}" ;;
        cluster) exec "$PROGRAM" "$@" --epochs 1 ;;
        doctor | features) exec "$PROGRAM" "$@" --weights random:7 ;;
        coordinator)
            { "$PROGRAM" "$@" "${small[@]}" --keys keys; echo $? >coordinator.status; } &>coordinator.log & ;;
        *) exec "$PROGRAM" "$@" ;;
        esac
        """

    /// Waits for the coordinator that the block has started, and ends as it does.
    private static let ending = """
        if [ -e coordinator.log ]; then
            until [ -e coordinator.status ]; do sleep 0.05; done
            cat coordinator.log >&2
            exit "$(cat coordinator.status)"
        fi
        """

    private static func isRun(_ line: String) -> Bool {
        !line.isEmpty && !line.hasPrefix("#") && !notRun.keys.contains(where: line.hasPrefix)
    }

    private static func substituted(_ line: String) -> String {
        substitutions.reduce(line) { $0.replacing($1.key, with: $1.value) }
    }

    /// A bash script's end, in `folder`.
    private func run(_ script: String, in folder: TemporaryFolder) throws -> (status: Int32, errors: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/timeout")
        process.arguments = ["60", "/bin/bash", "-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = URL(filePath: folder.path("work"))
        let port = 20_000 + Int(getpid()) % 10_000
        process.environment = [
            "PATH": folder.path("bin") + ":/usr/bin:/bin", "HOME": folder.path,
            "XDG_CACHE_HOME": folder.path("cache"), "PROGRAM": Program.path, "PORT": "\(port)",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let said = try FileHandle(forWritingTo: URL(filePath: folder.write("said", [])))
        process.standardError = said
        try process.run()
        process.waitUntilExit()
        let errors = try String(contentsOf: URL(filePath: folder.path("said")), encoding: .utf8)
        return (process.terminationStatus, errors)
    }

    /// A folder with the program, pictures as the documents have them, keys, and a finished run.
    private func workplace() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let program = try folder.write("bin/headstart", Self.wrapper.utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let simulator = Program.path + "-simulate"
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("bin/headstart-simulate"), withDestinationPath: simulator)
        try folder.write("work/.keep", [])
        let made = try run(
            """
            headstart sample photos --pictures 4 --classes circles,stripes
            mkdir photos/new
            cp photos/val/circles/*.png photos/new
            headstart keygen keys --worker hosta
            cp keys/token token
            cp keys/hosta.token hosta.token
            headstart train photos/train --validation photos/val --out runs/first
            cp -r . ../ready
            """, in: folder)
        try #require(made.status == 0, "\(made.errors)")
        return folder
    }

    @Test("every block runs to its end, in a folder with pictures and a finished run")
    func blocks() throws {
        let folder = try workplace()
        var count = 0
        for document in Document.all where !Self.elsewhere.keys.contains(where: document.name.hasPrefix) {
            for block in document.blocks where block.isScript {
                let lines = block.commands.filter(Self.isRun).map(Self.substituted)
                guard !lines.isEmpty else { continue }
                count += 1
                // A block that makes the run finds none; every other finds it finished.
                let makesRun = lines.contains { $0.contains("--out runs/first") && !$0.contains("--resume") }
                let script =
                    ["rm -rf ../work/*", "cp -r ../ready/. .", makesRun ? "rm -r runs" : ""] + lines
                    + [Self.ending]
                let (status, errors) = try run(script.joined(separator: "\n"), in: folder)
                #expect(
                    status == 0,
                    "\(document.name):\(block.number)\n\(lines.joined(separator: "\n"))\n\(errors)")
            }
        }
        #expect(count >= 9)
    }

    @Test("what isn't run, and what is replaced, is in the documents")
    func noLeftovers() {
        let lines = Document.all.flatMap(\.blocks).flatMap(\.commands)
        for prefix in Self.notRun.keys {
            #expect(lines.contains { $0.hasPrefix(prefix) }, "no document has a line that begins \(prefix)")
        }
        for text in Self.substitutions.keys {
            #expect(lines.contains { $0.contains(text) }, "no document has \(text)")
        }
        for prefix in Self.elsewhere.keys {
            #expect(Document.all.contains { $0.name.hasPrefix(prefix) })
        }
    }
}

import ArgumentParser
import ClusterRuntime
import Files

/// `headstart keygen`: creates a coordinator's keys and tokens for workers.
struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Creates a coordinator's keys, and tokens for workers.",
        discussion: """
            A coordinator creates its own keys. Use keygen to create them beforehand, or to give a worker a \
            key of its own, which can be revoked alone by removing its line from authorized_keys. The folder \
            may be a run folder. Existing keys are kept.

            Example:
              headstart keygen keys --worker hosta --worker hostb
              headstart coordinator photos/train --out runs/first --keys keys \\
                --listen tcp://192.168.1.5:7733
              headstart worker --connect tcp://192.168.1.5:7733 --token-file hosta.token
            """)

    @Argument(help: "The folder of the keys; created if it doesn't exist.", completion: .directory)
    var folder: String

    @Option(help: .init("Creates a token for one worker, in NAME.token; may be repeated.", valueName: "name"))
    var worker: [String] = []

    func run() throws {
        try Folder.create(folder)
        let keys = try KeyFolder(path: folder)
        try keys.save()
        print("\(folder)/\(KeyFolder.serverKeyName): the coordinator's \(keys.server.publicKey)")
        print("\(keys.tokenPath): admits every worker that has it")
        for name in worker { print("\(try keys.addWorker(name)): admits \(name)") }
    }
}

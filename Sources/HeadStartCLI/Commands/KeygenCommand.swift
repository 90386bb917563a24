import ArgumentParser
import ClusterRuntime
import ContentAddressing

/// `headstart keygen`: the keys of a coordinator and tokens for workers.
struct KeygenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes the keys of a coordinator, and tokens that admit workers.",
        discussion: """
            A coordinator makes its own keys, so this is for making them beforehand, and for workers with a key \
            of their own, which can be revoked alone: remove its line from authorized_keys. The folder may be a \
            run's. What is there is kept.

            Example:
              headstart keygen keys --worker hosta --worker hostb
              headstart coordinator photos/train --out runs/first --keys keys \\
                --listen tcp://192.168.1.5:7733
              headstart worker --connect tcp://192.168.1.5:7733 --token-file hosta.token
            """)

    @Argument(help: "The folder of the keys; it is made if it isn't there.", completion: .directory)
    var folder: String

    @Option(help: .init("Makes a token for one worker, in NAME.token; may be repeated.", valueName: "name"))
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

import ClusterRuntime
import ContentAddressing
import Foundation
import Launch
import LivePage
import VGGBackbone
import ZeroMQTransport

/// Parsers of keys, hosts, addresses and launchers' variables: texts from users or other programs.
enum TextParsers {
    static let all: [FuzzParser] = [
        FuzzParser(
            name: "token", seeds: { [secret("token", keys[0] + keys[1])] }, repair: { repairSecret($0) },
            parse: { bytes, _ in
                _ = try JoinToken(parsing: text(bytes)).text
            }),
        FuzzParser(
            name: "server-key", seeds: { [secret("server-key", keys[2])] }, repair: { repairSecret($0) },
            parse: { bytes, _ in
                _ = try KeyPair.reading(serverText: text(bytes)).serverText
            }),
        FuzzParser(
            name: "authorized-keys", seeds: { [authorizedKeys] },
            parse: { bytes, scratch in
                scratch.file(bytes, KeyFolder.authorizedKeysName)
                _ = try KeyFolder(path: scratch.folder).admittedKeys()
            }),
        FuzzParser(
            name: "host-file",
            seeds: {
                [Array("# hosts\nuser@a.example:22 workers=2 threads=3 program=/bin/h\n[fe80::1]\nb\n".utf8)]
            },
            parse: { bytes, _ in
                _ = try HostFile(text: text(bytes), path: "hosts").hosts
            }),
        FuzzParser(
            name: "launcher", seeds: { launchers.map { Array($0.utf8) } },
            parse: { bytes, _ in
                let pairs = text(bytes).split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1) }
                let environment = Dictionary(
                    pairs.filter { $0.count == 2 }.map { (String($0[0]), String($0[1])) }
                ) { first, _ in first }
                _ = try ClusterRole(environment: environment).listenEndpoint
            }),
        FuzzParser(
            name: "address",
            seeds: { ["tcp://127.0.0.1:7733", "tcp://[::1]:7733", "tcp://*:*"].map { Array($0.utf8) } },
            parse: { bytes, _ in
                _ = try EndpointAddress(text(bytes)).hostName
            }),
        FuzzParser(
            name: "page-address",
            seeds: { ["127.0.0.1:7780", "[::1]:7780", "localhost:7780"].map { Array($0.utf8) } },
            parse: { bytes, _ in
                _ = try LivePageAddress(parsing: text(bytes)).url(hostName: "host")
            }),
        FuzzParser(
            name: "weights-source",
            seeds: { ["imagenet", "random:7", "/srv/weights.h5"].map { Array($0.utf8) } },
            parse: { bytes, _ in
                _ = try WeightsSource(parsing: text(bytes)).description
            }),
    ]

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// A secret's text as the program writes it.
    private static func secret(_ kind: String, _ keys: [UInt8]) -> [UInt8] {
        let content = [1] + keys
        let all = Data(content + ContentDigest(hashing: content).bytes.prefix(4)).base64EncodedString()
        let text = all.replacing("+", with: "-").replacing("/", with: "_").prefix { $0 != "=" }
        return Array("headstart-\(kind):\(text)".utf8)
    }

    /// Corrects version and checksum if the rest can be read.
    private static func repairSecret(_ bytes: [UInt8]) -> [UInt8] {
        let parts = text(bytes).split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let kind = parts[0].split(separator: "-", maxSplits: 1).last else {
            return bytes
        }
        var base64 = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let all = Data(base64Encoded: String(base64)), all.count > 5 else { return bytes }
        return secret(String(kind), Array(all.dropFirst().dropLast(4)))
    }

    private static let keys = (1...3).map { [UInt8](repeating: $0, count: PublicKey.byteCount) }

    private static var authorizedKeys: [UInt8] {
        let texts = keys.compactMap { PublicKey(bytes: $0)?.z85 }
        return Array("# keys\n\(texts.joined(separator: " one, made by hand\n\n"))\n".utf8)
    }

    private static let launchers = [
        "RANK=1\nWORLD_SIZE=4\nMASTER_ADDR=10.0.0.1\nMASTER_PORT=29500\nTORCHELASTIC_USE_AGENT_STORE=True",
        "SLURM_PROCID=0\nSLURM_NTASKS=3\nSLURM_STEP_NODELIST=gpu[07-09,12],login1\nSLURM_JOB_ID=4711",
        "JOB_COMPLETION_INDEX=2\nHEADSTART_ADDRESS=tcp://train-0.train:7733",
    ]
}

import Foundation
import TestSupport
import Testing

@testable import HeadStartCLI

@Suite("Errors are one line that says what is wrong and what to do")
struct CommandErrorTests {
    /// Arguments that can't be used, and what the line must name.
    static let usageErrors: [(arguments: [String], names: String)] = [
        (["train"], "<train-directory>"),
        (["train", "data"], "--out"),
        (["train", "data", "--out", "run", "--epochs", "x"], "--epochs"),
        (["train", "data", "--out", "run", "--epochs", "0"], "--epochs"),
        (["train", "data", "--out", "run", "--batch-size", "5000"], "--batch-size"),
        (["train", "data", "--out", "run", "--hidden-units", "0"], "--hidden-units"),
        (["train", "data", "--out", "run", "--learning-rate", "nan"], "--learning-rate"),
        (["train", "data", "--out", "run", "--learning-rate=-1"], "--learning-rate"),
        (["train", "data", "--out", "run", "--weights", "random:x"], "--weights"),
        (["train", "data", "--out", "run", "--backbone", "vgg11"], "--backbone"),
        (["train", "data", "--out", "run", "--preprocess", "none"], "--preprocess"),
        (["train", "data", "--out", "run", "--zoom", "1"], "--zoom"),
        (["train", "data", "--out", "run", "--shear=-1"], "--shear"),
        (["train", "data", "--out", "run", "--augment", "none", "--zoom", "0.1"], "--zoom"),
        (["train", "data", "--out", "run", "--augment", "none", "--no-flip"], "--no-flip"),
        (
            ["train", "data", "--out", "run", "--augment", "none", "--augment-validation"],
            "--augment-validation"
        ),
        (
            ["train", "data", "--out", "run", "--validation", "v", "--validation-split", "0.2"],
            "--validation-split"
        ),
        (["train", "data", "--out", "run", "--validation-split", "1"], "--validation-split"),
        (["train", "data", "--out", "run", "--workers", "0"], "--workers"),
        (["train", "data", "--out", "run", "--threads", "0"], "--threads"),
        (["train", "data", "--out", "run", "--max-seconds", "0"], "--max-seconds"),
        (["train", "data", "--out", "run", "--early-stopping", "0"], "--early-stopping"),
        (["train", "data", "--out", "run", "--feature-store=-1"], "--feature-store"),
        (["train", "data", "--out", "run", "--cache-size", "100"], "--cache-size"),
        (
            ["worker", "--connect", "tcp://127.0.0.1:1", "--cache-size", "1000", "--feature-store", "900"],
            "--feature-store"
        ),
        (["train", "", "--out", "run"], "TRAIN_DIR"),
        (["train", "data", "--out", ""], "--out"),
        (["coordinator", "data", "--out", "run"], "--listen"),
        (["coordinator", "data", "--out", "run", "--listen", "127.0.0.1:7733"], "--listen"),
        (["coordinator", "data", "--out", "run", "--listen", "tcp://127.0.0.1:70000"], "--listen"),
        (["worker"], "--connect"),
        (["worker", "--connect", "tcp://b:1"], "--token-file"),
        (["worker", "--connect", "tcp://b:1", "--token", "x", "--token-file", "y"], "--token"),
        (
            ["coordinator", "data", "--out", "r", "--listen", "tcp://b:1", "--insecure", "--keys", "k"],
            "--insecure"
        ),
        (["worker", "--connect", "b"], "--connect"),
        (["worker", "--connect", "tcp://b:*"], "--connect"),
        (["worker", "--connect", "tcp://b:0"], "--connect"),
        (["worker", "--connect", "tcp://*:7733"], "--connect"),
        (["train", "data", "--out", "data/run"], "--out"),
        (["train", "data", "--out", "other/../data/./run"], "--out"),
        (["train", "data", "--out", "val/run", "--validation", "val"], "--out"),
        (["worker", "--connect", "tcp://b:1", "--connect-timeout", "0"], "--connect-timeout"),
        (["predict", "--model", "run"], "<paths>"),
        (["predict", "a.png"], "--model"),
        (["predict", "a.png", "--model", "run", "--top", "0"], "--top"),
        (["features", "a.png", "--npy", "out"], "--weights"),
        (["preview", "a.png", "--npy", "out", "--epoch", "1"], "--augment"),
        (["preview", "a.png", "--npy", "out", "--no-flip"], "--augment"),
        (["preview", "a.png", "--npy", "out", "--augment", "--zoom", "1"], "--zoom"),
        (["preview", "a.png"], "--png"),
        (["export", "--model", "run", "--out", "a.onnx"], "--format"),
        (["export", "--model", "run", "--format", "onnx"], "--out"),
        (["export", "--model", "run", "--format", "h5", "--out", "a.h5"], "--format"),
        (["export", "--model", "run", "--format", "keras", "--out", "a.onnx"], "--out"),
        (
            [
                "export", "--model", "run", "--format", "onnx", "--out", "a", "--head-only",
                "--no-preprocessing",
            ],
            "--no-preprocessing"
        ),
        (
            ["export", "--model", "run", "--format", "safetensors", "--out", "a", "--no-preprocessing"],
            "--no-preprocessing"
        ),
        (
            ["export", "--model", "run", "--format", "onnx", "--out", "a", "--head-only", "--weights", "w"],
            "--weights"
        ),
        (["sample", "dir", "--pictures", "0"], "--pictures"),
        (["sample", "dir", "--classes", "circles"], "--classes"),
        (["sample", "dir", "--classes", "circles,cubes"], "cubes"),
        (["frobnicate"], "frobnicate"),
    ]

    @Test("bad usage is exit code 64 and one line that names the option", arguments: Self.usageErrors.indices)
    func usage(index: Int) {
        let (arguments, names) = Self.usageErrors[index]
        let (code, line) = HeadStartCommand.outcome(arguments)
        #expect(code == 64)
        #expect(line.contains(names), "\(line)")
        #expect(line.contains("; ") && !line.contains("\n"), "\(line)")
    }

    @Test("names with control characters stay on their line")
    func printable() {
        #expect("a\nb\tc\r\u{1B}[2J\u{2028}é.png".printable == "a\\nb\\tc\\r\\u{1B}[2J\\u{2028}é.png")
        #expect("a\r\nb".printable == "a\\r\\nb")
        #expect(Failure(CommandFailure("a\nb: gone; look"), arguments: []).line == "a\nb: gone; look")
    }

    @Test("a failure at run time is exit code 1 and names the path")
    func failures() throws {
        let folder = try TemporaryFolder()
        try folder.write("some/file.txt", [])
        let missing = folder.path + "/absent"
        for arguments in [
            ["sample", folder.path + "/some"],
            ["preview", folder.path + "/some", "--npy", folder.path + "/out"],
            ["predict", "x.png", "--model", missing], ["evaluate", missing, "--model", missing],
            ["train", "data", "--out", missing, "--resume"],
        ] {
            let (code, line) = HeadStartCommand.outcome(arguments)
            #expect(code == 1)
            #expect(line.contains(folder.path) && line.contains("; ") && !line.contains("\n"), "\(line)")
        }
    }
}

extension HeadStartCommand {
    /// The exit code of `arguments`, and the line that standard error gets without its "error: ".
    fileprivate static func outcome(_ arguments: [String]) -> (code: Int32, line: String) {
        do {
            var command = try parseAsRoot(arguments)
            try command.run()
            return (0, "")
        } catch {
            let failure = Failure(error, arguments: arguments)
            return (failure.exitCode, failure.line ?? "")
        }
    }
}

import Foundation
import TestSupport
import Testing
import TrainingProtocol

@testable import TrainingReports

@Suite("Files for TensorBoard")
struct TensorBoardTests {
    private let epoch = EpochEvents(
        record: EpochRecord(
            epoch: 3, loss: 0.5, accuracy: 0.75, validationLoss: 0.625, validationAccuracy: 0.7, seconds: 12.5
        ),
        learningRate: 0.001, pictures: 400, time: 1_700_000_000.5)

    @Test(
        "CRC-32C is that of RFC 3720, B.4",
        arguments: [
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            ([UInt8](0..<32), 0x46DD_794E), ([UInt8]((0..<32).reversed()), 0x113F_DB5C),
            ([UInt8]("123456789".utf8), 0xE306_9283), ([], 0),
        ] as [([UInt8], UInt32)])
    func checksums(bytes: [UInt8], sum: UInt32) {
        #expect(CRC32C.checksum(bytes) == sum)
    }

    /// What TensorFlow's `TFRecordWriter` writes of the same events.
    private enum Golden {
        static let hello = "BQAAAAAAAADqsgQ+aGVsbG+7HxwZ"
        static let head = "GAAAAAAAAACjf0siCQAAIED8VNlBGg1icmFpbi5FdmVudDoyKzUxEA=="
        static let resumed =
            "GAAAAAAAAACjf0siCQAAIED8VNlBGg1icmFpbi5FdmVudDoyKzUxEA8AAAAAAAAAbVMrCQkAACBA/FTZQRADOgII"
            + "ASCraBw="
        static let training =
            "iwAAAAAAAACFLT3xCQAAIED8VNlBEAMqfgoRCgplcG9jaF9sb3NzFQAAAD8KFQoOZXBvY2hfYWNjdXJhY3kVAABA"
            + "PwoaChNlcG9jaF9sZWFybmluZ19yYXRlFW8SgzoKFAoNZXBvY2hfc2Vjb25kcxUAAEhBCiAKGWVwb2NoX3BpY3R1"
            + "cmVzX3Blcl9zZWNvbmQVAAAAQqpUBH4="
        static let validation =
            "NwAAAAAAAADn6MpZCQAAIED8VNlBEAMqKgoRCgplcG9jaF9sb3NzFQAAID8KFQoOZXBvY2hfYWNjdXJhY3kVMzMz"
            + "P6VsRG8="
    }

    @Test("records and their frames are TensorFlow's, byte for byte")
    func golden() throws {
        func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
        #expect(text(TFRecord.framed(Array("hello".utf8))) == Golden.hello)
        #expect(try text(TrainingEvents.head(time: epoch.time, resumingAt: nil)) == Golden.head)
        #expect(try text(TrainingEvents.head(time: epoch.time, resumingAt: 3)) == Golden.resumed)
        #expect(try text(TrainingEvents.training(epoch)) == Golden.training)
        #expect(try TrainingEvents.validation(epoch).map(text) == Golden.validation)
    }

    @Test("an epoch is in the files when it is appended; one without validation makes no file for it")
    func files() throws {
        let folder = try TemporaryFolder()
        var files = EventFiles(directory: folder.path("events"), fileName: "a.v2", resumes: false)
        #expect(!FileManager.default.fileExists(atPath: folder.path("events")))
        var plain = epoch
        plain.record.validationLoss = nil
        try files.append(plain)
        func bytes(_ name: String) -> [UInt8]? {
            FileManager.default.contents(atPath: folder.path("events/\(name)/a.v2")).map(Array.init)
        }
        let head = try TrainingEvents.head(time: epoch.time, resumingAt: nil)
        #expect(try bytes("train") == head + TrainingEvents.training(plain))
        #expect(bytes("validation") == nil)
        try files.append(epoch)
        #expect(
            try bytes("train") == head + TrainingEvents.training(plain) + TrainingEvents.training(epoch))
        #expect(try bytes("validation") == head + (TrainingEvents.validation(epoch) ?? []))
    }

    @Test("a file's name has no character of the host's name that a path could mean something by")
    func names() {
        #expect(
            EventFiles.name(startSeconds: 17.9, host: "../a b.example", processID: 4)
                == "events.out.tfevents.17.___a_b_example.4.v2")
    }

    private static let reader = """
        import sys
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        for folder in sys.argv[1:]:
            events = EventAccumulator(folder)
            events.Reload()
            for tag in sorted(events.Tags()["scalars"]):
                print(tag, *[f"{e.step}:{e.value:g}" for e in events.Scalars(tag)])
        """

    @Test(
        "TensorBoard's own reader reads them, and an epoch that is done again after a crash counts once",
        .enabled(if: Python.has("tensorboard"), "no Python with tensorboard; set HEADSTART_PYTHON"))
    func reader() throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, resumes: Bool, _ epochs: [(Int, Double)]) throws {
            var files = EventFiles(directory: folder.path, fileName: name, resumes: resumes)
            for (number, loss) in epochs {
                var epoch = epoch
                (epoch.record.epoch, epoch.record.loss) = (number, loss)
                try files.append(epoch)
            }
        }
        let host = { EventFiles.name(startSeconds: $0, host: "h", processID: 1) }
        try write(host(1_700_000_000), resumes: false, [(0, 4), (1, 3), (2, 100)])
        try write(host(1_700_000_100), resumes: true, [(2, 2), (3, 1)])
        let printed = try Python.run(Self.reader, [folder.path("train"), folder.path("validation")])
        #expect(
            printed == """
                epoch_accuracy 0:0.75 1:0.75 2:0.75 3:0.75
                epoch_learning_rate 0:0.001 1:0.001 2:0.001 3:0.001
                epoch_loss 0:4 1:3 2:2 3:1
                epoch_pictures_per_second 0:32 1:32 2:32 3:32
                epoch_seconds 0:12.5 1:12.5 2:12.5 3:12.5
                epoch_accuracy 0:0.7 1:0.7 2:0.7 3:0.7
                epoch_loss 0:0.625 1:0.625 2:0.625 3:0.625

                """)
    }
}

import Foundation
import Testing
import TrainingProtocol

@testable import TrainingReports

@Suite("The files of a run folder that people read")
struct RunFilesTests {
    private let records = [
        EpochRecord(
            epoch: 0, loss: 0.1 + 0.2, accuracy: 1.0 / 3, validationLoss: 1e-17, validationAccuracy: 1,
            seconds: 12.5),
        EpochRecord(
            epoch: 1, loss: 5e300, accuracy: 0, validationLoss: nil, validationAccuracy: nil, seconds: 0.1),
    ]

    @Test("history.csv has the names of Keras' CSVLogger")
    func header() {
        #expect(
            HistoryFile.text(records).split(separator: "\n").map(String.init) == [
                "epoch,loss,accuracy,val_loss,val_accuracy,seconds",
                "0,0.30000000000000004,0.3333333333333333,1e-17,1.0,12.5",
                "1,5e+300,0.0,,,0.1",
            ])
    }

    @Test(
        "a history with accuracies or times that no run has isn't whole",
        arguments: [
            "0,1,2,,,1", "0,1,nan,,,1", "0,1,0.5,1,-0.1,1", "0,1,0.5,,,inf", "0,1,0.5,,,1e300",
            "0,1,0.5,,,-1",
            "9223372036854775807,1,0.5,,,1", "-1,1,0.5,,,1",
        ])
    func impossibleHistory(line: String) {
        let header = "epoch,loss,accuracy,val_loss,val_accuracy,seconds\n"
        #expect(HistoryFile.records(header + "0,nan,0.5,inf,1,1\n")?.count == 1)
        #expect(HistoryFile.records(header + line + "\n") == nil)
    }

    @Test("a file of events that tells a time of no calendar tells none")
    func impossibleStart() {
        #expect(EventFiles.startSeconds(name: "events.out.tfevents.1700000000.host.1.v2") == 1_700_000_000)
        for seconds in ["1e300", "inf", "nan", "-1", ""] {
            #expect(EventFiles.startSeconds(name: "events.out.tfevents.\(seconds).host.1.v2") == nil)
        }
    }

    @Test("problems.csv quotes what needs it")
    func problems() {
        let text = ProblemsFile.text([
            ("ants/a.jpg", "cut after 12 bytes"), ("ants/b, \"c\".jpg", "two\nlines"),
        ])
        #expect(
            text == """
                path,reason
                ants/a.jpg,cut after 12 bytes
                "ants/b, ""c"".jpg","two
                lines"

                """)
    }

    @Test("a quote is doubled also where a combining mark follows it")
    func combinedQuote() {
        let text = ProblemsFile.text([("a\"\u{301}.jpg", "cut")])
        #expect(Array(text.utf8) == Array("path,reason\n\"a\"\"\u{301}.jpg\",cut\n".utf8))
    }

    @Test("class_indices.json is what Keras' class_indices is")
    func classIndices() throws {
        #expect(try ClassIndicesFile.text(["ants", "bees"]) == "{\"ants\": 0, \"bees\": 1}\n")
        let odd = ["10", "2", "a\"b", "ä/ö"]
        let read = try JSONDecoder().decode([String: Int].self, from: Data(ClassIndicesFile.text(odd).utf8))
        #expect(read == ["10": 0, "2": 1, "a\"b": 2, "ä/ö": 3])
    }
}

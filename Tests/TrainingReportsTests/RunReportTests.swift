import Foundation
import Testing
import TrainingProtocol
import WireMessages

@testable import TrainingReports

@Suite("report.html")
struct RunReportTests {
    private static let hostile = "<img src=x onerror=alert(1)>\"'&\u{202E}\u{7}"

    /// A report with something in every part.
    private func report(classes: [String] = ["ants", "bees", "wasps"], path: String = "/data/val/ants/1.jpg")
        -> RunReport
    {
        var report = RunReport(
            name: "first", end: .completed,
            history: [
                EpochRecord(
                    epoch: 0, loss: 25.1, accuracy: 0.6, validationLoss: 0.7, validationAccuracy: 0.5,
                    seconds: 12.5),
                EpochRecord(
                    epoch: 1, loss: 0.25, accuracy: 0.9, validationLoss: 0.9, validationAccuracy: 0.75,
                    seconds: 61),
            ], epochs: 2, trainingPictures: 244)
        var validation = ClassificationReport(classes: classes)
        for (label, predicted) in [(0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (2, 2), (2, 0), (2, 2)] {
            validation.add(label: label, predicted: predicted, loss: 0.5)
        }
        report.validation = validation
        report.mistakes = [
            .init(
                path: path, label: 0, predicted: 1, probability: 0.0001,
                picture: .init(mediaType: "image/webp", bytes: [1, 2, 3, 4], width: 320, height: 240)),
            .init(path: "/data/val/wasps/2.jpg", label: 2, predicted: 0, probability: 0.125),
        ]
        var worker = WorkerRecord(number: 1, host: "a", processID: 7, threads: 2, kernels: "avx512")
        (worker.pictures, worker.leases, worker.connectedSeconds) = (252, 70, 70)
        worker.preparingSeconds = 2
        (worker.times.fetching, worker.times.decoding, worker.times.extraction, worker.times.head) = (
            3, 5, 40, 10
        )
        report.workers = [worker]
        report.leftOut = [("/data/train/bees/bad.jpg", "cut after 12 bytes")]
        report.commands = ["headstart train data/train --seed 7"]
        report.facts = [.init("Seed", "7"), .init("Run", "abc")]
        return report
    }

    private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Snapshots/report.html")

    @Test("the whole page is what its golden file says")
    func snapshot() throws {
        let text = report().html
        if ProcessInfo.processInfo.environment["HEADSTART_RECORD_SNAPSHOTS"] == "1" {
            try Data(text.utf8).write(to: Self.golden)
        }
        let golden = try String(contentsOf: Self.golden, encoding: .utf8)
        #expect(
            text == golden,
            "HEADSTART_RECORD_SNAPSHOTS=1 make test records it anew, to be looked at in a browser")
    }

    @Test("names from the outside are text wherever they stand")
    func hostileNames() {
        var report = report(classes: [Self.hostile, "bees", "wasps"], path: "/data/\(Self.hostile)/1.jpg")
        report.name = Self.hostile
        report.end = .stoppedEarly(reason: Self.hostile)
        report.workers = [
            WorkerRecord(
                number: 1, host: Self.hostile, processID: 7, threads: 2, kernels: Self.hostile)
        ]
        report.leftOut = [(Self.hostile, Self.hostile)]
        report.commands = [Self.hostile]
        report.facts = [.init(Self.hostile, Self.hostile)]
        let text = report.html
        #expect(!text.contains("<img src=x") && !text.contains("onerror=alert(1)>"))
        #expect(!text.contains("\"'&") && !text.contains("\u{7}"))
        #expect(text.components(separatedBy: "&lt;img src=x onerror=alert(1)&gt;").count > 15)
    }

    @Test("the page needs no other file, no network and no program")
    func selfContained() {
        let text = report().html
        for word in ["<script", "http:", "https:", "//", "@import", "url(", "<link", "<iframe"] {
            #expect(!text.contains(word), "\(word)")
        }
        #expect(text.contains("src=\"data:image/webp;base64,AQIDBA==\""))
    }

    /// The tags of a page in order, such as "p", "/p" or "img", each with its attributes.
    private func tags(_ text: String) -> [(name: String, attributes: String)] {
        text.matches(of: /<(\/?[a-z][a-z0-9]*)([^<>]*)>/).map { (String($0.1), String($0.2)) }
    }

    @Test("every element is closed in turn")
    func nesting() {
        var open: [String] = []
        for tag in tags(report().html) where !["meta", "img", "br"].contains(tag.name) {
            if tag.name.hasPrefix("/") {
                #expect(open.popLast() == String(tag.name.dropFirst()))
            } else if !tag.attributes.hasSuffix("/") {
                open.append(tag.name)
            }
        }
        #expect(open.isEmpty)
    }

    @Test("a screen reader finds headings, captions, scopes and words for every picture")
    func accessibility() {
        let tags = tags(report().html)
        func count(_ name: String) -> Int { tags.count { $0.name == name } }
        #expect(count("h1") == 1 && count("main") == 1)
        #expect(count("table") == 5 && count("caption") == count("table"))
        let sections = ["Curves", "Classes", "Worst mistakes", "Where the time went", "Left out"]
        for title in sections + ["How to repeat it"] { #expect(report().html.contains("\(title)</h2>")) }
        for tag in tags {
            switch tag.name {
            case "th": #expect(tag.attributes.contains("scope="))
            case "img": #expect(tag.attributes.contains("alt=\"A picture of class"))
            case "svg":
                #expect(
                    tag.attributes.contains("aria-hidden")
                        || tag.attributes.contains("role=\"img\"") && tag.attributes.contains("aria-label"))
            default: break
            }
        }
    }

    @Test("a run without validation says what would give one; one without mistakes is told so")
    func absent() {
        var report = report()
        report.validation = nil
        report.mistakes = []
        report.leftOut = []
        #expect(report.html.contains("There was no validation yet"))
        #expect(
            !report.html.contains("Worst mistakes") && report.html.contains("every picture could be read"))
        report.validation = ClassificationReport(classes: ["a", "b"])
        report.validation?.add(label: 0, predicted: 0, loss: 0.1)
        #expect(report.html.contains("None: every validation picture is right"))
    }

    @Test("a thousand classes are told by their largest confusions")
    func manyClasses() {
        var report = report()
        report.mistakes = []
        var validation = ClassificationReport(classes: (0..<1000).map { "class \($0)" })
        for label in 0..<1000 {
            for _ in 0...label % 7 { validation.add(label: label, predicted: (label + 1) % 1000, loss: 1) }
        }
        report.validation = validation
        let text = report.html
        #expect(text.utf8.count < 300_000)
        #expect(text.contains("<bdi>class 6</bdi></th><td class=\"left\"><bdi>class 7</bdi></td><td>7</td>"))
    }

    @Test("words say how many were right, and when the loss was lowest")
    func verdict() {
        let text = report().html
        #expect(text.contains("The model is right about 6 of 8 validation pictures."))
        #expect(text.contains("The validation loss was lowest after epoch 1 (0.7000, now 0.9000)"))
    }

    @Test("a worker's parts are the whole of its time")
    func split() {
        let worker = report().workers[0]
        #expect(worker.waitingSeconds == 10)
        #expect(
            report().html.contains(
                "aria-label=\"preparing 2.9 %, network 4.3 %, decoding 7.1 %, extraction 57.1 %, head 14.3 %, "
                    + "waiting 14.3 %\""))
    }
}

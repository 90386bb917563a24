import ClusterTestSupport
import Foundation
import TestSupport
import Testing

@Suite("What a run leaves for people to look at", .serialized, .ending)
struct RunReportFilesTests {
    private func text(_ run: LocalRun, _ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: run.folder.path(path)) ?? Data(), as: UTF8.self)
    }

    private func eventFiles(_ run: LocalRun, _ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: run.folder.path(folder)).sorted()
    }

    @Test("a report with curves, confusion, the time of each worker, what was left out and how to repeat it")
    func report() throws {
        let run = try LocalRun()
        try run.folder.write("data/train/circles/<b>.png", Array("no picture".utf8))
        let digest = try run.train(run: "first", ["--workers", "2"])
        let report = text(run, "first/report.html")
        #expect(report.contains("Complete</span>") && report.contains("2 of 2 epochs"))
        #expect(report.contains("<bdi>stripes</bdi></th>") && report.contains("right about"))
        #expect(report.contains("<th scope=\"row\">2</th><td class=\"host\">"))
        #expect(report.contains("circles/&lt;b&gt;.png") && !report.contains("<b>.png"))
        #expect(report.contains("--weights random:7") && report.contains(digest.hex))
        #expect(report.contains("src=\"data:image/webp;base64,UklGR"))
        for folder in ["train", "validation"] {
            #expect(try eventFiles(run, "first/events/\(folder)").count == 1)
        }
    }

    @Test("an interrupted run says so in its report, and goes on in event files of its own")
    func resumed() throws {
        let run = try LocalRun(pictures: 12)
        let process = try Program.Running(run.arguments(run: "run", epochs: 3))
        #expect(process.wait { $0.contains("val_loss") })
        process.send(signal: SIGINT)
        #expect(process.wait().status == 130)
        #expect(text(run, "run/report.html").contains("Interrupted</span>"))
        _ = try run.train(run: "run", epochs: 3, ["--resume"])
        #expect(text(run, "run/report.html").contains("Complete</span>"))
        #expect(try eventFiles(run, "run/events/train").count == 2)
        let before = text(run, "run/report.html")
        _ = try run.train(run: "run", epochs: 3, ["--resume"])
        #expect(text(run, "run/report.html") == before, "a run that was complete knows nothing new")
    }
}

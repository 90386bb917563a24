import Testing
import TrainingProtocol
import TrainingReports

@testable import LivePage

/// Moments to show.
enum Moments {
    static let hostile = "<script>alert(1)</script>\"\n"

    static func worker(_ number: Int, host: String = "a", activity: String? = "extract 3/1") -> WorkerState {
        var record = WorkerRecord(
            number: number, host: host, processID: 7, threads: 2, kernels: "avx512")
        (record.pictures, record.leases, record.connectedSeconds) = (252, 70, 100)
        record.times.extraction = 60
        if activity == nil { record.departure = "silent for 10 s" }
        var state = WorkerState(record: record)
        state.activity = activity
        return state
    }

    static var middle: LiveSnapshot {
        var awaited = worker(1)
        (awaited.leasesHeld, awaited.oldestLease, awaited.oldestLeaseSeconds) = (2, "gradient 12/4", 8.2)
        awaited.isWaitedFor = true
        return LiveSnapshot(
            name: "first",
            progress: ProgressSnapshot(
                epoch: 1, epochs: 10, picturesDone: 96, picturesTotal: 244, loss: 0.5, accuracy: 0.75,
                picturesPerSecond: 20, secondsLeft: 7.4,
                waitingFor: "waiting for worker 1 (host a), gradient 12/4, 8.2 s"),
            history: [
                EpochRecord(
                    epoch: 0, loss: 0.7, accuracy: 0.5, validationLoss: 0.6, validationAccuracy: 0.625,
                    seconds: 30)
            ],
            workers: [
                .init(state: awaited, picturesPerSecond: 12.5), .init(state: worker(2, activity: nil)),
            ], messages: ["first line", "second line"])
    }
}

@Suite("What the live page shows")
struct LiveSnapshotTests {
    @Test("before the run it shows how many pictures are read")
    func reading() {
        let snapshot = LiveSnapshot(
            name: "run",
            progress: ProgressSnapshot(
                phase: .reading, epoch: 0, epochs: 10, picturesDone: 372_000, picturesTotal: 1_200_000))
        let text = snapshot.markup(of: .progress).text
        #expect(text.contains("The run is preparing, 31 % of 1,200,000 pictures read"))
        #expect(text.contains("<progress max=\"1200000\" value=\"372000\""))
    }

    @Test("progress, curves, workers with who is waited for and since when, those gone, the last events")
    func sections() {
        let moment = Moments.middle
        let progress = moment.markup(of: .progress).text
        #expect(progress.contains("Training</span>, epoch 2 of 10"))
        #expect(progress.contains("<progress max=\"244\" value=\"96\""))
        #expect(progress.contains("waiting for worker 1 (host a), gradient 12/4, 8.2 s"))
        #expect(progress.contains("<dd>96 of 244</dd>") && progress.contains("<dd>20.0</dd>"))
        #expect(moment.markup(of: .curves).text.contains("Accuracy by epoch: training 0.5000"))
        let workers = moment.markup(of: .workers).text
        #expect(workers.contains("<tr class=\"awaited\"><th scope=\"row\">1</th>"))
        #expect(workers.contains("gradient 12/4, 8.2 s, waited for") && workers.contains("<td>12.5</td>"))
        #expect(workers.contains("gone: silent for 10 s"))
        let messages = moment.markup(of: .messages).text
        #expect(messages.contains("<li><bdi>second line</bdi></li>\n<li><bdi>first line</bdi></li>"))
        for section in LiveSnapshot.Section.allCases {
            #expect(moment.page.text.contains("<div id=\"\(section.rawValue)\">"))
            #expect(moment.page.text.contains(moment.markup(of: section).text))
        }
    }

    @Test("an end is said, and nothing is waited for any more")
    func end() {
        var moment = Moments.middle
        moment.end = "it is complete"
        let progress = moment.markup(of: .progress).text
        #expect(progress.contains("The run is over: it is complete."))
        #expect(!progress.contains("waiting for") && !progress.contains("<progress"))
        #expect(progress.contains("<dt>Validation loss</dt><dd>0.6000</dd>"))
    }

    @Test("names are text wherever they stand")
    func hostileNames() {
        var moment = Moments.middle
        moment.name = Moments.hostile
        moment.progress.waitingFor = Moments.hostile
        moment.end = nil
        moment.workers = [
            .init(state: Moments.worker(1, host: Moments.hostile, activity: Moments.hostile))
        ]
        moment.messages = [Moments.hostile]
        let text = moment.page.text
        #expect(!text.contains("<script>alert") && text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(text.components(separatedBy: "<script").count == 2, "its own alone")
    }

    @Test(
        "a token in a line of the log is for the terminal only",
        arguments: [
            ("token headstart-token:abc.DEF-_ ends", "token headstart-token:… ends"),
            ("at http://h:7780/?token=xyz", "at http://h:7780/?token=…"), ("no token", "no token"),
        ])
    func secrets(line: String, shown: String) {
        let moment = LiveSnapshot(name: "n", progress: Moments.middle.progress, messages: [line])
        #expect(moment.messages == [shown])
    }

    @Test("metrics are Prometheus' text, with the values of the moment")
    func metrics() {
        var moment = Moments.middle
        moment.workers[1].state = Moments.worker(2, host: "a\"b\\c\nd", activity: nil)
        let lines = moment.metrics.split(separator: "\n").map(String.init)
        for line in [
            "headstart_running 1.0", "headstart_epoch 2.0", "headstart_pictures{state=\"done\"} 96.0",
            "headstart_pictures_per_second 20.0", "headstart_loss{set=\"validation\"} 0.6",
            "headstart_worker_up{worker=\"1\",host=\"a\"} 1.0",
            "headstart_worker_up{worker=\"2\",host=\"a\\\"b\\\\c\\nd\"} 0.0",
            "headstart_worker_seconds{worker=\"1\",host=\"a\",part=\"extraction\"} 60.0",
            "headstart_worker_awaited{worker=\"1\",host=\"a\"} 1.0",
        ] { #expect(lines.contains(line), "\(line)") }
        let names = lines.filter { $0.hasPrefix("# TYPE") }.map { $0.split(separator: " ")[2] }
        #expect(Set(names).count == names.count)
        for line in lines where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /[a-z_]+(\{.*\})? [-+.0-9A-Za-z]+/) != nil, "\(line)")
        }
    }
}

@Suite("Where the live page listens")
struct LivePageAddressTests {
    @Test(
        "an address is a number and a port",
        arguments: [
            ("127.0.0.1:7780", "127.0.0.1:7780", true), ("localhost:1", "127.0.0.1:1", true),
            ("[::1]:7780", "[::1]:7780", true), ("0.0.0.0:80", "0.0.0.0:80", false),
            ("192.168.1.5:7780", "192.168.1.5:7780", false), ("[::]:7780", "[::]:7780", false),
            ("127.9.9.9:0", "127.9.9.9:0", true),
        ])
    func good(text: String, description: String, isLoopback: Bool) throws {
        let address = try LivePageAddress(parsing: text)
        #expect(address.description == description && address.isLoopback == isLoopback)
    }

    @Test("a browser is given a name where the page listens everywhere")
    func urls() throws {
        for (text, url) in [
            ("127.0.0.1:7780", "http://127.0.0.1:7780/"), ("[::1]:7780", "http://[::1]:7780/"),
            ("0.0.0.0:7780", "http://node3:7780/"), ("[::]:7780", "http://node3:7780/"),
        ] { #expect(try LivePageAddress(parsing: text).url(hostName: "node3") == url) }
    }

    @Test(
        "anything else is an error that says how to write it",
        arguments: ["", "7780", "127.0.0.1", "host:7780", "127.0.0.1:99999", "::1:7780", "127.0.0.1:77 80"])
    func bad(text: String) {
        #expect(throws: LivePageError.noAddress(text)) { try LivePageAddress(parsing: text) }
    }

    @Test(
        "a Host header is this machine's own or not",
        arguments: [
            ("127.0.0.1:7780", true), ("localhost:9999", true), ("LOCALHOST", true), ("[::1]:7780", true),
            ("evil.example", false), ("127.0.0.1.evil.example:7780", false),
            ("localhost.evil.example", false),
            ("", false), (nil, false),
        ] as [(String?, Bool)])
    func hosts(header: String?, isOwn: Bool) {
        #expect(LivePageHandler.isOwnHost(header) == isOwn)
    }
}

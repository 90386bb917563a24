import Foundation
import TestSupport
import Testing
import TrainingProtocol
import WireMessages

@testable import ZeroMQTransport

@Suite("docs/wire.md says what is on the wire")
struct WireDocumentTests {
    private let document = Document("docs/wire.md")

    /// Each message's declarations, by its name, without comments and white space.
    private func messages(in text: String) -> [String: String] {
        let bare = text.replacing(/\/\/[^\n]*/, with: "").replacing(/\s+/, with: " ")
        var messages: [String: String] = [:]
        for match in bare.matches(of: /message (\w+) \{((?:[^{}]|\{[^{}]*\})*)\}/) {
            messages[String(match.1)] = match.2.trimmingCharacters(in: .whitespaces)
        }
        return messages
    }

    @Test("it has every message with its fields and their numbers")
    func fields() throws {
        let proto = ProjectFolder.url.appending(path: "Sources/WireMessages/headstart.proto")
        let source = messages(in: try String(contentsOf: proto, encoding: .utf8))
        let shown = document.blocks.filter { $0.language == "proto" }.flatMap(\.lines).joined(separator: "\n")
        let documented = messages(in: shown)
        #expect(source.count > 30)
        #expect(Set(documented.keys) == Set(source.keys))
        for (name, fields) in source { #expect(documented[name] == fields, "\(name)") }
    }

    @Test("its bounds and times are the sources'")
    func bounds() throws {
        let (wire, transport) = (WireLimits(), TransportSettings())
        let (lease, worker) = (ProtocolLimits(), WorkerLimits())
        let expected: [String: String] = [
            "protocolVersion": "\(protocolVersion)", "mark": "\(Segment.mark)",
            "preambleBytes": "\(Segment.preambleBytes)", "segmentBytes": "\(transport.segmentBytes)",
            "maximumFrameBytes": "\(transport.maximumFrameBytes)",
            "maximumHeaderBytes": "\(wire.maximumHeaderBytes)", "maximumTensors": "\(wire.maximumTensors)",
            "maximumSamples": "\(wire.maximumSamples)", "maximumTextBytes": "\(wire.maximumTextBytes)",
            "maximumMessageBytes": "\(wire.maximumMessageBytes)", "maximumNumber": "\(wire.maximumNumber)",
            "heartbeatInterval": "\(transport.heartbeatInterval)",
            "heartbeatTimeout": "\(transport.heartbeatTimeout)",
            "handshakeTimeout": "\(transport.handshakeTimeout)",
            "silenceTimeout": "\(transport.silenceTimeout)",
            "stuckTimeout": "\(transport.stuckTimeout)",
            "chunkSize": "\(TrainingSchedule.chunkSize)", "heartbeat": "\(lease.heartbeat)",
            "workerTimeout": "\(lease.workerTimeout)", "takeoverAfter": "\(lease.takeoverAfter)",
            "gradientTakeoverAfter": "\(lease.gradientTakeoverAfter)", "resendAfter": "\(lease.resendAfter)",
            "slotsPerWorker": "\(lease.slotsPerWorker)", "picturesPerCheck": "\(lease.picturesPerCheck)",
            "stuckAfter": "\(lease.stuckAfter)", "failuresPerLease": "\(lease.failuresPerLease)",
            "failuresPerWorker": "\(lease.failuresPerWorker)",
            "helloInterval": "\(worker.helloInterval)", "silence": "\(worker.silence)",
            "connectTimeout": "\(worker.connectTimeout)", "patience": "\(worker.patience)",
        ]
        let text = try String(contentsOf: ProjectFolder.url.appending(path: document.name), encoding: .utf8)
        var documented: [String: String] = [:]
        for row in text.matches(of: /(?m)^\| `(\w+)` \| ([^|]+?) \|/) {
            documented[String(row.1)] = String(row.2).replacing(" s", with: " seconds")
        }
        #expect(Set(documented.keys) == Set(expected.keys))
        for (name, value) in expected {
            #expect(documented[name] == value.replacing(".0 seconds", with: " seconds"), "\(name)")
        }
    }
}

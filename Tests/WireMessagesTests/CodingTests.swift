import ContentAddressing
import SwiftProtobuf
import Testing

@testable import WireMessages

@Suite struct CodingTests {
    @Test("every message of a worker comes back as it was", arguments: Examples.workers.indices)
    func workerMessages(index: Int) throws {
        let message = Examples.workers[index]
        #expect(dump(try WorkerMessage(frames: message.encoded())) == dump(message))
    }

    @Test("every message of a coordinator comes back as it was", arguments: Examples.coordinators.indices)
    func coordinatorMessages(index: Int) throws {
        let message = Examples.coordinators[index]
        #expect(dump(try CoordinatorMessage(frames: message.encoded())) == dump(message))
    }

    @Test("tensors travel as frames that share the sender's memory")
    func noCopies() throws {
        let frames = CoordinatorMessage.weights(
            HeadWeights(
                step: 1, digest: Examples.digest,
                kernel: Tensor([Float](repeating: 1, count: 1000), shape: [10, 100]),
                outputLayers: Tensor([2], shape: [1]))
        ).encoded()
        #expect(frames.header.count < 80)
        guard case .weights(let decoded) = try CoordinatorMessage(frames: frames) else {
            Issue.record("another message")
            return
        }
        let addresses = [frames.tensors[0], decoded.kernel.bytes].map { $0.withUnsafeBytes(\.baseAddress) }
        #expect(addresses[0] == addresses[1])
    }

    @Test("a step without samples, and numbers whose sums would not fit, are no messages")
    func impossibleNumbers() {
        func lease(_ work: Work, step: Int = 1) -> WireFrames {
            CoordinatorMessage.lease(
                Lease(
                    id: LeaseID(kind: .gradient, step: step, chunk: 0), run: "r", weights: Examples.digest,
                    work: work)
            ).encoded()
        }
        let factors = FactorGradientWork(
            labels: [], samplesInStep: 0, preactivations: Tensor([Float](), shape: [0, 4]),
            outputLayers: Tensor([1], shape: [1]))
        for work in [.denseGradient([], samplesInStep: 0, weightsStep: 0), .factorGradient(factors)] as [Work]
        {
            #expect(throws: WireError.invalidValue(field: "samples in the step")) {
                try CoordinatorMessage(frames: lease(work))
            }
        }
        #expect(throws: WireError.self) { try CoordinatorMessage(frames: lease(.check([]), step: .max)) }
        let status = WorkerStatus(picturesExtracted: .max, picturesFromStore: 0, activity: "")
        #expect(throws: WireError.self) {
            try WorkerMessage(frames: WorkerMessage.heartbeat(status).encoded())
        }
        let slow = LeaseResult(
            id: LeaseID(kind: .check, step: 0, chunk: 0), run: "r", weights: Examples.digest, seconds: 1e300,
            outcome: .checked([]))
        #expect(throws: WireError.invalidValue(field: "seconds")) {
            try WorkerMessage(frames: WorkerMessage.result(slow).encoded())
        }
    }

    @Test("a text is cut to the limit between characters")
    func longTexts() throws {
        for text in [String(repeating: "a", count: 500), String(repeating: "é𝄞", count: 200)] {
            guard
                case .leaving(let reason) = try WorkerMessage(
                    frames: WorkerMessage.leaving(reason: text).encoded())
            else {
                Issue.record("another message")
                return
            }
            #expect(reason.utf8.count <= WireLimits().maximumTextBytes && reason.hasSuffix("…"))
            #expect(text.hasPrefix(reason.dropLast()))
        }
    }

    @Test("the largest list of verdicts that is allowed fits a header")
    func largestHeader() throws {
        let limits = WireLimits()
        let reasons = [String?](repeating: String(repeating: "x", count: 1000), count: limits.maximumSamples)
        let message = WorkerMessage.result(
            LeaseResult(
                id: LeaseID(kind: .check, step: 0, chunk: 0), run: "r", weights: Examples.digest, seconds: 1,
                outcome: .checked(reasons)))
        let frames = message.encoded()
        #expect(frames.header.count <= limits.maximumHeaderBytes)
        _ = try WorkerMessage(frames: frames)
    }
}

@Suite struct RefusalTests {
    @Test("a message of a kind that isn't known is named by its number")
    func unknownKind() {
        // Field 99, length-delimited, empty.
        let frames = WireFrames(header: [0x9A, 0x06, 0x00])
        let error = #expect(throws: WireError.unknownMessage(in: "a worker's message", kind: 99)) {
            try WorkerMessage(frames: frames)
        }
        #expect(error?.description.contains("of unknown kind 99; check that both ends") == true)
        #expect(throws: WireError.unknownMessage(in: "a coordinator's message", kind: nil)) {
            try CoordinatorMessage(frames: WireFrames(header: []))
        }
        let lease = ProtoCoordinatorMessage.with {
            $0.lease.id = ProtoLeaseID.with { $0.kind = 1 }
            $0.lease.weights = Examples.digest.data
        }
        #expect(throws: WireError.unknownMessage(in: "a lease's work", kind: nil)) {
            try CoordinatorMessage(frames: Self.frames(lease))
        }
    }

    @Test("bytes that are no header are refused")
    func malformed() {
        #expect(throws: WireError.malformedHeader) {
            try WorkerMessage(frames: WireFrames(header: [0xFF, 0xFF]))
        }
    }

    @Test("tensors that are missing, left over or of the wrong size are refused")
    func tensors() {
        let good = Examples.coordinators[3].encoded()
        #expect(throws: WireError.tensorCount(named: 2, received: 1)) {
            try CoordinatorMessage(frames: WireFrames(header: good.header, tensors: [good.tensors[0]]))
        }
        #expect(throws: WireError.tensorCount(named: 2, received: 3)) {
            try CoordinatorMessage(
                frames: WireFrames(header: good.header, tensors: good.tensors + [FrameBytes([0] as [UInt8])]))
        }
        #expect(throws: WireError.tensorSize(field: "kernel", expected: 24, received: 8)) {
            try CoordinatorMessage(frames: WireFrames(header: good.header, tensors: good.tensors.reversed()))
        }
    }

    @Test("shapes that overflow or claim more than the limit are refused")
    func shapes() {
        for shape in [
            [UInt64.max, 1], [1 << 62, 1 << 62], [1 << 26, 1 << 62], [0, .max], [3], [1, 2, 3],
        ] {
            let message = ProtoCoordinatorMessage.with {
                $0.weights.kernel = .with {
                    $0.element = 1
                    $0.shape = shape
                }
            }
            #expect(throws: WireError.self) {
                try CoordinatorMessage(
                    frames: WireFrames(
                        header: Self.frames(message).header, tensors: [FrameBytes([0, 0, 0, 0] as [UInt8])]))
            }
        }
    }

    @Test("a tensor of another element type is refused")
    func elements() {
        for element in [0, 2, 3, 257, UInt32.max] {
            let message = ProtoCoordinatorMessage.with {
                $0.weights.digest = Examples.digest.data
                $0.weights.kernel = .with {
                    $0.element = element
                    $0.shape = [1, 1]
                }
            }
            #expect(throws: WireError.invalidValue(field: "kernel")) {
                try CoordinatorMessage(frames: Self.frames(message))
            }
        }
    }

    @Test("numbers, digests, kinds and lists out of range are refused by the field's name")
    func fields() {
        let limits = WireLimits()
        let cases: [(ProtoWorkerMessage, WireError)] = [
            (.with { $0.ready.slots = .max }, .exceedsLimit(field: "slots", value: .max, limit: 65_536)),
            (
                .with { $0.contentRequest.digest = .init(repeating: 0, count: 31) },
                .invalidValue(field: "content digest")
            ),
            (.with { $0.hello.arithmetic = .init() }, .invalidValue(field: "arithmetic digest")),
            (.with { $0.result.run = "r" }, .missingField("lease")),
            (.with { $0.result.id.kind = 5 }, .invalidValue(field: "lease kind")),
            (.with { $0.result.id.kind = 1 }, .invalidValue(field: "weights")),
            (
                .with {
                    $0.result.id.kind = 1
                    $0.result.weights = Examples.digest.data
                    $0.result.seconds = .nan
                }, .invalidValue(field: "seconds")
            ),
            (
                .with {
                    $0.result.id.kind = 1
                    $0.result.weights = Examples.digest.data
                    $0.result.checked.verdicts = .init(repeating: ProtoVerdict(), count: 1025)
                }, .exceedsLimit(field: "verdicts", value: 1025, limit: limits.maximumSamples)
            ),
            (
                .with { $0.leaving.reason = String(repeating: "x", count: 401) },
                .exceedsLimit(field: "reason", value: 401, limit: 400)
            ),
        ]
        for (message, expected) in cases {
            #expect(throws: expected) { try WorkerMessage(frames: Self.frames(message)) }
        }
    }

    @Test("content that reaches past its own end is refused")
    func contentRange() {
        let message = CoordinatorMessage.contentPiece(
            ContentPiece(
                digest: Examples.digest, offset: 9, totalByteCount: 10, bytes: FrameBytes([1, 2] as [UInt8])))
        #expect(throws: WireError.invalidValue(field: "content offset")) {
            try CoordinatorMessage(frames: message.encoded())
        }
    }

    private static func frames(_ message: some SwiftProtobuf.Message) -> WireFrames {
        MessageWriter().frames(with: message)
    }
}

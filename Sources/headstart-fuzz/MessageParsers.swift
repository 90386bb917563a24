import ClassifierHead
import ClusterRuntime
import ContentAddressing
import ExactArithmetic
import VGGBackbone
import WireMessages
import ZeroMQTransport

/// Parsers of network data.
enum MessageParsers {
    static let all: [FuzzParser] = [
        FuzzParser(
            name: "worker-message", seeds: { answers.map { Frames.bytes(of: $0.encoded()) } },
            parse: {
                bytes, _ in
                let message = try WorkerMessage(frames: Frames.message(bytes))
                _ = message.encoded()
                guard case .result(let result) = message else { return }
                _ = AnswerVetting(shape: try session.headShape()).vet(result)
            }),
        FuzzParser(
            name: "coordinator-message", seeds: { orders.map { Frames.bytes(of: $0.encoded()) } },
            parse: {
                bytes, _ in
                let message = try CoordinatorMessage(frames: Frames.message(bytes))
                _ = message.encoded()
                switch message {
                case .welcome(let welcome): _ = try welcome.session.headShape()
                case .lease(let lease):
                    guard case .factorGradient(let work) = lease.work else { return }
                    _ = GradientService.answer(
                        work, session: session, kernels: try .selected(override: nil))
                default: break
                }
            }),
        FuzzParser(
            name: "segments", seeds: { segments },
            parse: { bytes, _ in
                var assembler = MessageAssembler(limits: WireLimits())
                for segment in Frames.pieces(of: bytes) {
                    _ = try assembler.accept(Frames.pieces(of: segment).map { FrameBytes($0) })
                }
            }),
        FuzzParser(
            name: "features", seeds: { [features([]), features([0, 9, 64, 599])] },
            parse: { bytes, _ in
                let read = try bytes.withUnsafeBytes { bytes throws(FeatureEncodingError) in
                    try SparseFeatures(decoding: bytes, featureCount: featureCount)
                }
                guard read.encoded == bytes, read.dense().count == featureCount else {
                    preconditionFailure("features that are read are written as they were")
                }
            }),
    ]

    private static let featureCount = 600
    private static let digest = ContentDigest(hashing: [1, 2, 3])

    private static func features(_ places: [Int]) -> [UInt8] {
        var dense = [Float](repeating: 0, count: featureCount)
        for place in places { dense[place] = Float(place) + 1 }
        return SparseFeatures(dense).encoded
    }

    private static let session = SessionConfiguration(
        seed: 1, backbone: "vgg16", randomWeights: "random:7", weightsDigest: digest, weightsByteCount: 0,
        preprocessing: "caffe", honorsExifOrientation: false, pixelLimit: 1 << 20,
        augmentation: Augmentation(shearDegrees: 0.2, zoom: 0.2, horizontalFlip: true), hiddenUnits: 4,
        classCount: 2)

    private static let samples = [
        Sample(picture: digest, byteCount: 1234, index: 0, epoch: nil, label: 0),
        Sample(picture: digest, byteCount: 99, index: 7, epoch: 3, label: 1),
    ]
    private static let scores = [SampleScore(loss: 0.25, predicted: 1), SampleScore(loss: 1, predicted: 0)]
    private static let delta = Tensor([Float](repeating: 0.5, count: 8), shape: [2, 4])

    private static var answers: [WorkerMessage] {
        let outcomes: [Outcome] = [
            .checked([nil, "not a picture"]),
            .extracted([Tensor([UInt8](repeating: 0, count: VGGArchitecture.featureCount / 8))]),
            .factorGradient(
                FactorGradient(
                    delta: delta, outputDelta: Tensor([1, 2, 3, 4], shape: [2, 2]), scores: scores)),
            .denseGradient(
                kernel: Tensor([1, 2, 3, 4], shape: [1, 4]),
                ChunkGradient(
                    delta: delta, outputGradient: Tensor([Float](repeating: 0, count: 10), shape: [10]),
                    scores: scores)),
            .evaluated(scores), .failed(reason: "no weights"),
        ]
        let hello = Hello(
            protocolVersion: protocolVersion, workerID: "w", host: "host", processID: 12, threads: 2,
            kernels: "avx512", arithmetic: digest, resumingRun: "run")
        return [
            .hello(hello), .ready(slots: 3),
            .contentRequest(ContentRequest(digest: digest, offset: 1 << 20, length: 4096)),
            .heartbeat(WorkerStatus(picturesExtracted: 5, picturesFromStore: 1, activity: "idle")),
            .leaving(reason: "done"),
        ]
            + outcomes.map {
                .result(
                    LeaseResult(
                        id: LeaseID(kind: .gradient, step: 3, chunk: 1), run: "run", weights: digest,
                        seconds: 0.125, outcome: $0))
            }
    }

    private static var orders: [CoordinatorMessage] {
        let layers = Tensor([Float](repeating: 0.25, count: 14), shape: [14])
        let works: [Work] = [
            .check(samples), .extract(samples, returnsFeatures: true),
            .factorGradient(
                FactorGradientWork(
                    labels: [0, 1], samplesInStep: 2, preactivations: delta, outputLayers: layers)),
            .denseGradient(samples, samplesInStep: 2, weightsStep: 3), .evaluate(samples, weightsStep: 3),
        ]
        let welcome = Welcome(run: "run", workerNumber: 1, heartbeatMilliseconds: 1000, session: session)
        return [
            .welcome(welcome), .refused(reason: "no"), .heartbeat, .goodbye(reason: "over", final: true),
            .weights(HeadWeights(step: 3, digest: digest, kernel: delta, outputLayers: layers)),
            .contentPiece(
                ContentPiece(
                    digest: digest, offset: 2, totalByteCount: 9, bytes: FrameBytes([1, 2, 3] as [UInt8]))),
        ]
            + works.map {
                .lease(
                    Lease(
                        id: LeaseID(kind: .gradient, step: 3, chunk: 1), run: "run", weights: digest, work: $0
                    ))
            }
    }

    /// A message of one tensor in two segments, and one without tensors.
    private static var segments: [[UInt8]] {
        func head(_ kind: UInt8, _ tensors: UInt8, _ second: UInt8) -> [UInt8] {
            [0x48, kind, tensors, 0, second, 0, 0, 0, 9, 0, 0, 0]
        }
        let first = head(1, 1, 2) + [6, 0, 0, 0, 0, 0, 0, 0] + [0xAA, 0xBB]
        return [
            Frames.joined([
                Frames.joined([first, [1, 2, 3, 4]]), Frames.joined([head(2, 0, 1), [5, 6]]),
            ]),
            Frames.joined([Frames.joined([head(1, 0, 2) + [0xAA, 0xBB]])]),
        ]
    }
}

/// Encodes frames as one string of bytes: each frame after its length in four bytes.
enum Frames {
    static func joined(_ pieces: [[UInt8]]) -> [UInt8] {
        pieces.flatMap { withUnsafeBytes(of: UInt32($0.count).littleEndian, Array.init) + $0 }
    }

    /// All frames in the bytes; the last may be cut short.
    static func pieces(of bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 4 {
            let count = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            pieces.append(Array(rest.dropFirst(4).prefix(count)))
            rest = rest.dropFirst(4).dropFirst(count)
        }
        return pieces
    }

    static func bytes(of message: WireFrames) -> [UInt8] {
        joined([message.header] + message.tensors.map(\.array))
    }

    static func message(_ bytes: [UInt8]) -> WireFrames {
        let pieces = pieces(of: bytes)
        return WireFrames(header: pieces.first ?? [], tensors: pieces.dropFirst().map { FrameBytes($0) })
    }
}

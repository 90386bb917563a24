import ContentAddressing

@testable import WireMessages

/// One message of every kind, with every optional part present in one of them and absent in another.
enum Examples {
    static let digest = ContentDigest(hashing: [1, 2, 3])
    static let samples = [
        Sample(picture: digest, byteCount: 12_345, index: 0, epoch: nil, label: 0),
        Sample(picture: ContentDigest(hashing: []), byteCount: 0, index: .max, epoch: 0, label: 41),
        Sample(picture: digest, byteCount: 1 << 40, index: 7, epoch: .max, label: 1),
    ]
    static let scores = [
        SampleScore(loss: 0.25, predicted: 1), SampleScore(loss: .infinity, predicted: 0),
        SampleScore(loss: -0.0, predicted: 1000),
    ]
    static let factors = FactorGradient(
        delta: Tensor((0..<12).map(Float.init), shape: [3, 4]),
        outputDelta: Tensor([1, .nan, -0.0, 2, 3, 4], shape: [3, 2]), scores: scores)
    static let gradient = ChunkGradient(
        delta: Tensor((0..<12).map(Float.init), shape: [3, 4]),
        outputGradient: Tensor([1, .nan, -0.0], shape: [3]),
        scores: scores)

    static let workers: [WorkerMessage] =
        [
            .hello(
                Hello(
                    protocolVersion: 1, workerID: "w", host: "höst", processID: -1, threads: 2,
                    kernels: "avx512",
                    arithmetic: digest, resumingRun: "abc")),
            .ready(slots: 3),
            .contentRequest(ContentRequest(digest: digest, offset: 1 << 33, length: 4096)),
            .heartbeat(
                WorkerStatus(
                    picturesExtracted: 5, picturesFromStore: 0, activity: "extracting step 3",
                    gradientsOpen: 2, leasesOpen: 1)),
            .leaving(reason: ""),
        ]
        + [
            Outcome.checked([nil, "not a picture", ""]), .checked([]),
            .extracted([Tensor([UInt8](0..<99)), Tensor([])]), .extracted([]), .factorGradient(factors),
            .denseGradient(kernel: Tensor([Float](repeating: 0.5, count: 20), shape: [5, 4]), gradient),
            .evaluated(scores), .failed(reason: "no weights"),
        ].map {
            .result(
                LeaseResult(
                    id: LeaseID(kind: .gradient, step: 3, chunk: 1), run: "r", weights: digest,
                    seconds: 0.125, times: times,
                    outcome: $0))
        }

    private static var times: LeaseTimes {
        var times = LeaseTimes()
        (times.fetching, times.decoding, times.extraction, times.head) = (0.5, 0.25, 2, 1)
        return times
    }

    static let coordinators: [CoordinatorMessage] =
        [
            .welcome(
                Welcome(
                    run: "r", workerNumber: 3, heartbeatMilliseconds: 1000,
                    session: session(Augmentation(shearDegrees: 0.2, zoom: 0.1, horizontalFlip: true)))),
            .welcome(Welcome(run: "", workerNumber: 0, heartbeatMilliseconds: 0, session: session(nil))),
            .refused(reason: "other arithmetic; use the same build"),
            .weights(
                HeadWeights(
                    step: 9, digest: digest, kernel: Tensor((0..<6).map(Float.init), shape: [2, 3]),
                    outputLayers: Tensor([1, 2], shape: [2]))),
            .contentPiece(
                ContentPiece(
                    digest: digest, offset: 2, totalByteCount: 10, bytes: FrameBytes([1, 2, 3] as [UInt8]))),
            .contentPiece(
                ContentPiece(digest: digest, offset: 0, totalByteCount: 0, bytes: FrameBytes([UInt8]()))),
            .heartbeat, .goodbye(reason: "done", final: true), .goodbye(reason: "", final: false),
            .preparing(Preparing(picturesRead: 3, pictures: 1 << 40)),
            .preparing(Preparing(picturesRead: 0, pictures: 0)),
        ]
        + [
            Work.check(samples), .extract(samples, returnsFeatures: true),
            .extract([], returnsFeatures: false),
            .factorGradient(
                FactorGradientWork(
                    labels: [0, 1], samplesInStep: 32,
                    preactivations: Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]),
                    outputLayers: Tensor([9, 8], shape: [2]))),
            .denseGradient(samples, samplesInStep: 3, weightsStep: 8), .evaluate(samples, weightsStep: 2),
        ].map {
            .lease(
                Lease(id: LeaseID(kind: .extract, step: 0, chunk: 0), run: "r", weights: digest, work: $0))
        }

    private static func session(_ augmentation: Augmentation?) -> SessionConfiguration {
        SessionConfiguration(
            seed: .max, backbone: "vgg16", randomWeights: "random:7", weightsDigest: digest,
            weightsByteCount: 58_889_256,
            preprocessing: "caffe", honorsExifOrientation: true, pixelLimit: 100_000_000,
            augmentation: augmentation, hiddenUnits: 256, classCount: 2)
    }
}

/// A value's parts as text, tensors with their bytes, so that any two messages can be compared.
func dump(_ value: Any) -> String {
    if let tensor = value as? Tensor { return "\(tensor.element) \(tensor.shape) \(tensor.bytes.array)" }
    if let bytes = value as? FrameBytes { return "\(bytes.array)" }
    if let float = value as? Float { return "\(float.bitPattern)" }
    let mirror = Mirror(reflecting: value)
    guard !mirror.children.isEmpty else { return "\(value)" }
    let parts = mirror.children.map { "\($0.label ?? ""): \(dump($0.value))" }
    return "\(mirror.subjectType)(\(parts.joined(separator: ", ")))"
}

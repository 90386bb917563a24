import ContentAddressing
import ExactArithmetic
import TrainingProtocol
import WireMessages

extension Scenario {
    static let unreadableReason = "cut short"
    static let classCount = 3
    static let ownersReason = "the disk is full"

    static func drawPictures(
        _ draw: inout CounterBasedGenerator
    ) -> (training: [RunPicture], validation: [RunPicture], unreadable: Set<ContentDigest>) {
        let badShare = draw.next(below: 3) == 0 ? 0.2 : 0
        // In a few seeds there is no data set at all.
        let mayBeNothing = draw.next(below: 24) == 0
        let knownShare = Double(draw.next(below: 3)) / 2
        var unreadable: Set<ContentDigest> = []
        var made: [RunPicture] = []
        func makePicture(_ name: String, _ draw: inout CounterBasedGenerator) -> RunPicture {
            let isFirst = !mayBeNothing && (made.isEmpty || name == "v0")
            if !isFirst, !made.isEmpty, draw.next(below: 25) == 0 {
                // The same picture under another name.
                var copy = made[draw.next(below: made.count)]
                copy.name = name
                return copy
            }
            let digest = FakeArithmetic.digest(draw.next())
            let isBad = !isFirst && draw.nextUnit() < (mayBeNothing ? 0.7 : badShare)
            if isBad { unreadable.insert(digest) }
            let verdict: PictureVerdict = isBad ? .unreadable(reason: Self.unreadableReason) : .readable
            let picture = RunPicture(
                name: name, digest: digest, byteCount: 1 + draw.next(below: 1000),
                label: draw.next(below: classCount),
                verdict: draw.nextUnit() < knownShare ? verdict : nil)
            made.append(picture)
            return picture
        }
        let most = mayBeNothing ? 3 : 60
        let training = (0..<1 + draw.next(below: most)).map { makePicture("t\($0)", &draw) }
        let validationCount = draw.next(below: 3) == 0 ? 0 : draw.next(below: mayBeNothing ? 3 : 24)
        let validation = (0..<validationCount).map { makePicture("v\($0)", &draw) }
        return (training, validation, unreadable)
    }

    static func drawConfiguration(
        _ draw: inout CounterBasedGenerator, training: [RunPicture], _ validation: [RunPicture]
    ) -> CoordinatorConfiguration {
        let augments = draw.next(below: 2) == 0
        let exchange: Exchange = draw.next(below: 3) == 0 ? .gradients : .factors
        let session = SessionConfiguration(
            seed: draw.next(), backbone: "vgg16", randomWeights: "random:7",
            weightsDigest: FakeArithmetic.digest(7), weightsByteCount: 0, preprocessing: "rescale",
            honorsExifOrientation: false, pixelLimit: 1,
            augmentation: augments ? Augmentation(shearDegrees: 0.2, zoom: 0.2, horizontalFlip: true) : nil,
            hiddenUnits: 1, classCount: classCount)
        var configuration = CoordinatorConfiguration(
            run: "run", session: session, training: training, validation: validation,
            classes: (0..<classCount).map { "class \($0)" }, batchSize: 1 + draw.next(below: 32),
            epochs: 1 + draw.next(below: 4), exchange: exchange,
            augmentsValidation: draw.next(below: 2) == 0,
            isStrict: draw.next(below: 8) == 0, allowsEmptyClasses: draw.next(below: 8) > 0,
            allowsDifferentArithmetic: draw.next(below: 6) == 0,
            arithmetic: FakeArithmetic.digest(1),
            keepsFeatures: !augments && exchange == .factors && draw.next(below: 2) == 0,
            earlyStoppingPatience: draw.next(below: 4) == 0 ? 1 + draw.next(below: 2) : 0,
            maximumSeconds: draw.next(below: 24) == 0 ? 1 + draw.nextUnit() * 20 : nil)
        configuration.verifiedShare = [0, 0, draw.nextUnit() * 0.3, 1][draw.next(below: 4)]
        return configuration
    }

    /// - Parameter slowest: milliseconds that the slowest worker takes for a picture.
    static func drawLimits(_ draw: inout CounterBasedGenerator, slowest: Int) -> ProtocolLimits {
        var limits = ProtocolLimits()
        let lookahead = 1 + draw.next(below: 128)
        if lookahead % 2 == 0 {
            limits.lookaheadPictures = lookahead
        } else {
            limits.lookaheadAtLeast = lookahead / 8
            limits.lookaheadBytes = FakeArithmetic.featureBytes * (lookahead / 4)
        }
        limits.workersRemembered = lookahead % 3
        limits.slotsPerWorker = 1 + draw.next(below: 4)
        limits.picturesPerCheck = 1 + draw.next(below: 16)
        limits.checksAhead = 1 + draw.next(below: 16)
        limits.takeoverAfter = .milliseconds(500 + draw.next(below: 5000))
        limits.gradientTakeoverAfter = .milliseconds(100 + draw.next(below: 500))
        limits.resendAfter = .milliseconds(1000 + draw.next(below: 5000))
        limits.checkpointInterval = .milliseconds(50 + draw.next(below: 3000))
        limits.heartbeat = .milliseconds(500 + draw.next(below: 1000))
        limits.workerTimeout = .milliseconds(6000 + draw.next(below: 6000))
        limits.stuckAfter = .nanoseconds(patience(slowest: slowest))
        if draw.next(below: 8) == 0 { limits.breachesPerWorker = 1 + draw.next(below: 3) }
        limits.failuresPerLease = 2 + draw.next(below: 3)
        limits.failuresPerWorker = 2 + draw.next(below: 3)
        limits.pauseAfterFailure = .milliseconds(100 + draw.next(below: 2000))
        return limits
    }
}

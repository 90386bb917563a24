extension CoordinatorMessage {
    package func encoded() -> WireFrames {
        var writer = MessageWriter()
        var header = ProtoCoordinatorMessage()
        switch self {
        case .welcome(let welcome): header.welcome = ProtoWelcome(welcome)
        case .refused(let reason): header.refused = .with { $0.reason = reason.fittedToWire }
        case .lease(let lease): header.lease = ProtoLease(lease, &writer)
        case .weights(let weights):
            header.weights = .with {
                $0.step = UInt64(weights.step)
                $0.kernel = writer.tensor(weights.kernel)
                $0.outputLayers = writer.tensor(weights.outputLayers)
                $0.digest = weights.digest.data
            }
        case .contentPiece(let piece):
            header.contentPiece = .with {
                $0.digest = piece.digest.data
                $0.offset = UInt64(piece.offset)
                $0.totalByteCount = UInt64(piece.totalByteCount)
                $0.piece = writer.tensor(
                    Tensor(element: .uint8, shape: [piece.bytes.count], bytes: piece.bytes))
            }
        case .heartbeat: header.heartbeat = ProtoHeartbeat()
        case .goodbye(let reason, let final):
            header.goodbye = .with {
                $0.reason = reason.fittedToWire
                $0.final = final
            }
        case .preparing(let preparing):
            header.preparing = .with {
                $0.picturesRead = UInt64(preparing.picturesRead)
                $0.pictures = UInt64(preparing.pictures)
            }
        }
        return writer.frames(with: header)
    }

    /// Decodes a message from the network; every field is checked.
    package init(frames: WireFrames, limits: WireLimits = WireLimits()) throws(WireError) {
        var reader = try MessageReader(frames, limits: limits)
        let header = try reader.header(of: frames, as: ProtoCoordinatorMessage.self)
        switch header.kind {
        case .welcome(let welcome): self = .welcome(try Welcome(welcome, reader))
        case .refused(let refusal): self = .refused(reason: try reader.text(refusal.reason, "reason"))
        case .lease(let lease): self = .lease(try Lease(lease, &reader))
        case .weights(let weights):
            self = .weights(
                HeadWeights(
                    step: try reader.integer(weights.step, "step"),
                    digest: try reader.digest(weights.digest, "weights"),
                    kernel: try reader.tensor(weights.kernel, "kernel", dimensions: 2, element: .float32),
                    outputLayers: try reader.tensor(
                        weights.outputLayers, "output layers", dimensions: 1, element: .float32)))
        case .contentPiece(let piece): self = .contentPiece(try ContentPiece(piece, &reader))
        case .heartbeat: self = .heartbeat
        case .goodbye(let goodbye):
            self = .goodbye(reason: try reader.text(goodbye.reason, "reason"), final: goodbye.final)
        case .preparing(let preparing):
            self = .preparing(
                Preparing(
                    picturesRead: try reader.integer(preparing.picturesRead, "pictures read"),
                    pictures: try reader.integer(preparing.pictures, "pictures")))
        case nil: throw .unknown("a coordinator's message", header.unknownFields)
        }
        try reader.finish()
    }
}

extension ContentPiece {
    fileprivate init(_ piece: ProtoContentPiece, _ reader: inout MessageReader) throws(WireError) {
        let digest = try reader.digest(piece.digest, "content digest")
        let offset = try reader.integer(piece.offset, "content offset")
        let total = try reader.integer(piece.totalByteCount, "content length")
        let bytes = try reader.tensor(piece.piece, "content", dimensions: 1, element: .uint8).bytes
        guard offset <= total, bytes.count <= total - offset else {
            throw .invalidValue(field: "content offset")
        }
        self.init(digest: digest, offset: offset, totalByteCount: total, bytes: bytes)
    }
}

extension ProtoWelcome {
    fileprivate init(_ welcome: Welcome) {
        self = .with {
            $0.run = welcome.run
            $0.workerNumber = UInt64(welcome.workerNumber)
            $0.heartbeatMilliseconds = UInt64(welcome.heartbeatMilliseconds)
            $0.session = ProtoSessionConfiguration(welcome.session)
        }
    }
}

extension Welcome {
    fileprivate init(_ welcome: ProtoWelcome, _ reader: MessageReader) throws(WireError) {
        guard welcome.hasSession else { throw .missingField("session") }
        self.init(
            run: try reader.text(welcome.run, "run"),
            workerNumber: try reader.integer(welcome.workerNumber, "worker number"),
            heartbeatMilliseconds: try reader.integer(
                welcome.heartbeatMilliseconds, "heartbeat interval", limit: 3_600_000),
            session: try SessionConfiguration(welcome.session, reader))
    }
}

extension ProtoSessionConfiguration {
    fileprivate init(_ session: SessionConfiguration) {
        self = .with {
            $0.seed = session.seed
            $0.backbone = session.backbone
            $0.randomWeights = session.randomWeights
            $0.weightsDigest = session.weightsDigest.data
            $0.weightsByteCount = UInt64(session.weightsByteCount)
            $0.preprocessing = session.preprocessing
            $0.honorsExifOrientation = session.honorsExifOrientation
            $0.pixelLimit = UInt64(session.pixelLimit)
            $0.hiddenUnits = UInt64(session.hiddenUnits)
            $0.classCount = UInt64(session.classCount)
            guard let augmentation = session.augmentation else { return }
            $0.augmentation = .with {
                $0.shearDegrees = augmentation.shearDegrees
                $0.zoom = augmentation.zoom
                $0.horizontalFlip = augmentation.horizontalFlip
            }
        }
    }
}

extension SessionConfiguration {
    fileprivate init(_ session: ProtoSessionConfiguration, _ reader: MessageReader) throws(WireError) {
        var augmentation: Augmentation?
        if session.hasAugmentation {
            augmentation = Augmentation(
                shearDegrees: try reader.finite(session.augmentation.shearDegrees, "shear"),
                zoom: try reader.finite(session.augmentation.zoom, "zoom"),
                horizontalFlip: session.augmentation.horizontalFlip)
        }
        self.init(
            seed: session.seed, backbone: try reader.text(session.backbone, "backbone"),
            randomWeights: try reader.text(session.randomWeights, "random weights"),
            weightsDigest: try reader.digest(session.weightsDigest, "weights digest"),
            weightsByteCount: try reader.integer(session.weightsByteCount, "weights length"),
            preprocessing: try reader.text(session.preprocessing, "preprocessing"),
            honorsExifOrientation: session.honorsExifOrientation,
            pixelLimit: try reader.integer(session.pixelLimit, "pixel limit"), augmentation: augmentation,
            hiddenUnits: try reader.positive(session.hiddenUnits, "hidden units", limit: 1 << 24),
            classCount: try reader.positive(session.classCount, "classes", limit: 1 << 24))
    }
}

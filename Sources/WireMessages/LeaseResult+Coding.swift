extension ProtoLeaseResult {
    init(_ result: LeaseResult, _ writer: inout MessageWriter) {
        self.init()
        id = ProtoLeaseID(result.id)
        run = result.run
        weights = result.weights.data
        attempt = UInt64(result.attempt)
        seconds = result.seconds
        times = ProtoLeaseTimes(result.times)
        switch result.outcome {
        case .checked(let reasons):
            checked = .with {
                $0.verdicts = reasons.map { reason in
                    reason.map { reason in .with { $0.reason = reason.fittedToWire } } ?? ProtoVerdict()
                }
            }
        case .extracted(let features): extracted = .with { $0.features = features.map { writer.tensor($0) } }
        case .factorGradient(let gradient): factorGradient = ProtoFactorGradient(gradient, &writer)
        case .denseGradient(let kernel, let rest):
            denseGradient = .with {
                $0.kernel = writer.tensor(kernel)
                $0.rest = ProtoChunkGradient(rest, &writer)
            }
        case .evaluated(let scores): evaluated = .with { $0.scores = scores.map(ProtoSampleScore.init) }
        case .failed(let reason): failed = .with { $0.reason = reason.fittedToWire }
        }
    }
}

extension LeaseResult {
    init(_ result: ProtoLeaseResult, _ reader: inout MessageReader) throws(WireError) {
        guard result.hasID else { throw .missingField("lease") }
        self.init(
            id: try LeaseID(result.id, reader), run: try reader.text(result.run, "run"),
            weights: try reader.digest(result.weights, "weights"),
            attempt: try reader.integer(result.attempt, "attempt"),
            seconds: try reader.finite(result.seconds, "seconds"),
            times: try LeaseTimes(result.times, reader), outcome: try Outcome(result, &reader))
    }
}

extension Outcome {
    fileprivate init(_ result: ProtoLeaseResult, _ reader: inout MessageReader) throws(WireError) {
        switch result.outcome {
        case .checked(let checked):
            self = .checked(
                try reader.list(checked.verdicts, "verdicts") { (verdict) throws(WireError) in
                    verdict.hasReason ? try reader.text(verdict.reason, "reason") : nil
                })
        case .extracted(let extracted):
            var features: [Tensor] = []
            for feature in extracted.features {
                features.append(try reader.tensor(feature, "features", dimensions: 1))
            }
            self = .extracted(features)
        case .factorGradient(let gradient): self = .factorGradient(try FactorGradient(gradient, &reader))
        case .denseGradient(let gradient):
            let kernel = try reader.tensor(
                gradient.kernel, "kernel gradient", dimensions: 2, element: .float32)
            self = .denseGradient(kernel: kernel, try ChunkGradient(gradient.rest, &reader))
        case .evaluated(let evaluated): self = .evaluated(try [SampleScore](evaluated.scores, reader))
        case .failed(let failed): self = .failed(reason: try reader.text(failed.reason, "reason"))
        case nil: throw .unknown("a result's outcome", result.unknownFields)
        }
    }
}

extension ProtoFactorGradient {
    fileprivate init(_ gradient: FactorGradient, _ writer: inout MessageWriter) {
        self.init()
        delta = writer.tensor(gradient.delta)
        outputDelta = writer.tensor(gradient.outputDelta)
        scores = gradient.scores.map(ProtoSampleScore.init)
    }
}

extension FactorGradient {
    fileprivate init(_ gradient: ProtoFactorGradient, _ reader: inout MessageReader) throws(WireError) {
        let delta = try reader.tensor(gradient.delta, "delta", dimensions: 2, element: .float32)
        let outputDelta = try reader.tensor(
            gradient.outputDelta, "output delta", dimensions: 2, element: .float32)
        let scores = try [SampleScore](gradient.scores, reader)
        guard delta.shape[0] == scores.count, outputDelta.shape[0] == scores.count else {
            throw .invalidValue(field: "scores")
        }
        self.init(delta: delta, outputDelta: outputDelta, scores: scores)
    }
}

extension ProtoChunkGradient {
    fileprivate init(_ gradient: ChunkGradient, _ writer: inout MessageWriter) {
        self.init()
        delta = writer.tensor(gradient.delta)
        outputGradient = writer.tensor(gradient.outputGradient)
        scores = gradient.scores.map(ProtoSampleScore.init)
    }
}

extension ChunkGradient {
    fileprivate init(_ gradient: ProtoChunkGradient, _ reader: inout MessageReader) throws(WireError) {
        let delta = try reader.tensor(gradient.delta, "delta", dimensions: 2, element: .float32)
        let outputGradient = try reader.tensor(
            gradient.outputGradient, "output gradient", dimensions: 1, element: .float32)
        let scores = try [SampleScore](gradient.scores, reader)
        guard delta.shape[0] == scores.count else { throw .invalidValue(field: "scores") }
        self.init(delta: delta, outputGradient: outputGradient, scores: scores)
    }
}

extension ProtoSampleScore {
    fileprivate init(_ score: SampleScore) {
        self.init()
        loss = score.loss
        predicted = UInt64(score.predicted)
    }
}

extension [SampleScore] {
    fileprivate init(_ scores: [ProtoSampleScore], _ reader: MessageReader) throws(WireError) {
        // A loss may be infinite or NaN: this is how a run learns that it diverged.
        self = try reader.list(scores, "scores") { (score) throws(WireError) in
            SampleScore(loss: score.loss, predicted: try reader.integer(score.predicted, "predicted class"))
        }
    }
}

extension ProtoLeaseID {
    init(_ id: LeaseID) {
        self = .with {
            $0.kind = UInt32(id.kind.rawValue)
            $0.step = UInt64(id.step)
            $0.chunk = UInt64(id.chunk)
        }
    }
}

extension LeaseID {
    init(_ id: ProtoLeaseID, _ reader: MessageReader) throws(WireError) {
        guard let kind = UInt8(exactly: id.kind).flatMap(LeaseKind.init(rawValue:)) else {
            throw .invalidValue(field: "lease kind")
        }
        self.init(
            kind: kind, step: try reader.integer(id.step, "step"),
            chunk: try reader.integer(id.chunk, "chunk"))
    }
}

extension ProtoLease {
    init(_ lease: Lease, _ writer: inout MessageWriter) {
        self.init()
        id = ProtoLeaseID(lease.id)
        run = lease.run
        weights = lease.weights.data
        attempt = UInt64(lease.attempt)
        switch lease.work {
        case .check(let samples): check = .with { $0.samples = samples.map(ProtoSample.init) }
        case .extract(let samples, let returnsFeatures):
            extract = .with {
                $0.samples = samples.map(ProtoSample.init)
                $0.returnsFeatures = returnsFeatures
            }
        case .factorGradient(let work):
            factorGradient = .with {
                $0.labels = work.labels.map(UInt64.init)
                $0.samplesInStep = UInt64(work.samplesInStep)
                $0.preactivations = writer.tensor(work.preactivations)
                $0.outputLayers = writer.tensor(work.outputLayers)
            }
        case .denseGradient(let samples, let samplesInStep, let weightsStep):
            denseGradient = .with {
                $0.samples = samples.map(ProtoSample.init)
                $0.samplesInStep = UInt64(samplesInStep)
                $0.weightsStep = UInt64(weightsStep)
            }
        case .evaluate(let samples, let weightsStep):
            evaluate = .with {
                $0.samples = samples.map(ProtoSample.init)
                $0.weightsStep = UInt64(weightsStep)
            }
        }
    }
}

extension Lease {
    init(_ lease: ProtoLease, _ reader: inout MessageReader) throws(WireError) {
        guard lease.hasID else { throw .missingField("lease") }
        self.init(
            id: try LeaseID(lease.id, reader), run: try reader.text(lease.run, "run"),
            weights: try reader.digest(lease.weights, "weights"),
            attempt: try reader.integer(lease.attempt, "attempt"), work: try Work(lease, &reader))
    }
}

extension Work {
    fileprivate init(_ lease: ProtoLease, _ reader: inout MessageReader) throws(WireError) {
        switch lease.work {
        case .check(let work): self = .check(try [Sample](work.samples, reader))
        case .extract(let work):
            self = .extract(try [Sample](work.samples, reader), returnsFeatures: work.returnsFeatures)
        case .factorGradient(let work): self = .factorGradient(try FactorGradientWork(work, &reader))
        case .denseGradient(let work):
            self = .denseGradient(
                try [Sample](work.samples, reader),
                samplesInStep: try reader.positive(work.samplesInStep, "samples in the step"),
                weightsStep: try reader.integer(work.weightsStep, "weights' step"))
        case .evaluate(let work):
            self = .evaluate(
                try [Sample](work.samples, reader),
                weightsStep: try reader.integer(work.weightsStep, "weights' step"))
        case nil: throw .unknown("a lease's work", lease.unknownFields)
        }
    }
}

extension FactorGradientWork {
    fileprivate init(_ work: ProtoFactorGradientWork, _ reader: inout MessageReader) throws(WireError) {
        let labels = try reader.list(work.labels, "labels") { (label) throws(WireError) in
            try reader.integer(label, "label")
        }
        let preactivations = try reader.tensor(
            work.preactivations, "preactivations", dimensions: 2, element: .float32)
        guard preactivations.shape[0] == labels.count else { throw .invalidValue(field: "preactivations") }
        self.init(
            labels: labels, samplesInStep: try reader.positive(work.samplesInStep, "samples in the step"),
            preactivations: preactivations,
            outputLayers: try reader.tensor(
                work.outputLayers, "output layers", dimensions: 1, element: .float32))
    }
}

extension ProtoSample {
    fileprivate init(_ sample: Sample) {
        self.init()
        picture = sample.picture.data
        byteCount = UInt64(sample.byteCount)
        index = sample.index
        if let epoch = sample.epoch { self.epoch = epoch }
        label = UInt64(sample.label)
    }
}

extension [Sample] {
    fileprivate init(_ samples: [ProtoSample], _ reader: MessageReader) throws(WireError) {
        self = try reader.list(samples, "samples") { (sample) throws(WireError) in
            Sample(
                picture: try reader.digest(sample.picture, "picture"),
                byteCount: try reader.integer(sample.byteCount, "picture's length"), index: sample.index,
                epoch: sample.hasEpoch ? sample.epoch : nil, label: try reader.integer(sample.label, "label"))
        }
    }
}

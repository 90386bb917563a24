extension WorkerMessage {
    package func encoded() -> WireFrames {
        var writer = MessageWriter()
        var header = ProtoWorkerMessage()
        switch self {
        case .hello(let hello): header.hello = ProtoHello(hello)
        case .ready(let slots): header.ready = .with { $0.slots = UInt64(slots) }
        case .result(let result): header.result = ProtoLeaseResult(result, &writer)
        case .contentRequest(let request):
            header.contentRequest = .with {
                $0.digest = request.digest.data
                $0.offset = UInt64(request.offset)
                $0.length = UInt64(request.length)
            }
        case .heartbeat(let status):
            header.heartbeat = .with {
                $0.picturesExtracted = UInt64(status.picturesExtracted)
                $0.picturesFromStore = UInt64(status.picturesFromStore)
                $0.activity = status.activity.fittedToWire
                $0.gradientsOpen = UInt64(status.gradientsOpen)
                $0.leasesOpen = UInt64(status.leasesOpen)
            }
        case .leaving(let reason): header.leaving = .with { $0.reason = reason.fittedToWire }
        }
        return writer.frames(with: header)
    }

    /// Decodes a message from the network; every field is checked.
    package init(frames: WireFrames, limits: WireLimits = WireLimits()) throws(WireError) {
        var reader = try MessageReader(frames, limits: limits)
        let header = try reader.header(of: frames, as: ProtoWorkerMessage.self)
        switch header.kind {
        case .hello(let hello): self = .hello(try Hello(hello, reader))
        case .ready(let ready): self = .ready(slots: try reader.integer(ready.slots, "slots", limit: 1 << 16))
        case .result(let result): self = .result(try LeaseResult(result, &reader))
        case .contentRequest(let request):
            self = .contentRequest(
                ContentRequest(
                    digest: try reader.digest(request.digest, "content digest"),
                    offset: try reader.integer(request.offset, "content offset"),
                    length: try reader.integer(
                        request.length, "content length", limit: limits.maximumMessageBytes)))
        case .heartbeat(let status):
            self = .heartbeat(
                WorkerStatus(
                    picturesExtracted: try reader.integer(status.picturesExtracted, "pictures extracted"),
                    picturesFromStore: try reader.integer(
                        status.picturesFromStore, "pictures from the store"),
                    activity: try reader.text(status.activity, "activity"),
                    gradientsOpen: try reader.integer(status.gradientsOpen, "open gradients"),
                    leasesOpen: try reader.integer(status.leasesOpen, "open leases")))
        case .leaving(let leaving): self = .leaving(reason: try reader.text(leaving.reason, "reason"))
        case nil: throw .unknown("a worker's message", header.unknownFields)
        }
        try reader.finish()
    }
}

extension ProtoHello {
    fileprivate init(_ hello: Hello) {
        self = .with {
            $0.protocolVersion = hello.protocolVersion
            $0.workerID = hello.workerID.fittedToWire
            $0.host = hello.host.fittedToWire
            $0.processID = hello.processID
            $0.threads = UInt64(hello.threads)
            $0.kernels = hello.kernels.fittedToWire
            $0.arithmetic = hello.arithmetic.data
            $0.resumingRun = hello.resumingRun
        }
    }
}

extension Hello {
    fileprivate init(_ hello: ProtoHello, _ reader: MessageReader) throws(WireError) {
        self.init(
            protocolVersion: hello.protocolVersion, workerID: try reader.text(hello.workerID, "worker"),
            host: try reader.text(hello.host, "host"), processID: hello.processID,
            threads: try reader.integer(hello.threads, "threads", limit: 1 << 16),
            kernels: try reader.text(hello.kernels, "kernels"),
            arithmetic: try reader.digest(hello.arithmetic, "arithmetic digest"),
            resumingRun: try reader.text(hello.resumingRun, "run"))
    }
}

import Testing
import WireMessages

@testable import ZeroMQTransport

@Suite struct MessageAssemblerTests {
    /// The frames of a message as they arrive.
    static func arriving(_ message: WireFrames, number: UInt32 = 0, segmentBytes: Int) -> [[FrameBytes]] {
        Segment.cut(message, number: number, segmentBytes: segmentBytes).map { segment in
            [FrameBytes(segment.preamble)]
                + segment.pieces.map { FrameBytes(Array($0.bytes.array[$0.range])) }
        }
    }

    @Test("any message cut anywhere comes together again, in segments within the bound")
    func allCuts() throws {
        for lengths in [[], [0], [1], [7], [0, 3, 0, 0, 9, 0], [5, 5, 5], [1, 1, 1, 1, 1, 1, 1], [64]] {
            for segmentBytes in 1...20 {
                var assembler = MessageAssembler(limits: WireLimits())
                let message = patterned(lengths)
                let segments = Self.arriving(message, segmentBytes: segmentBytes)
                for (index, frames) in segments.enumerated() {
                    #expect(frames.dropFirst().reduce(0) { $0 + $1.count } <= segmentBytes)
                    let result = try assembler.accept(frames)
                    #expect((result != nil) == (index == segments.count - 1))
                    if let result { expectSame(result, message) }
                }
            }
        }
    }

    @Test("a tensor that came in one frame keeps that frame's memory")
    func noCopy() throws {
        var assembler = MessageAssembler(limits: WireLimits())
        let frames = Self.arriving(patterned([9000]), segmentBytes: 10_000)[0]
        let message = try #require(try assembler.accept(frames))
        let addresses = [frames[1], message.tensors[0]].map { $0.withUnsafeBytes(\.baseAddress) }
        #expect(addresses[0] == addresses[1])
    }

    @Test("a segment that is lost, repeated or of another message is refused, and the next message is not")
    func disorder() throws {
        let first = Self.arriving(patterned([30]), number: 1, segmentBytes: 10)
        let second = Self.arriving(patterned([30]), number: 2, segmentBytes: 10)
        for sequence in [
            [first[1]], [first[0], first[2]], [first[0], first[1], first[1]], [first[0], second[1]],
        ] {
            var assembler = MessageAssembler(limits: WireLimits())
            for frames in sequence.dropLast() { #expect(try assembler.accept(frames)?.header == nil) }
            #expect(throws: SegmentError.outOfOrder) { try assembler.accept(sequence[sequence.count - 1]) }
            #expect(throws: SegmentError.outOfOrder) { try assembler.accept(first[1]) }
            for frames in second.dropLast() { _ = try assembler.accept(frames) }
            expectSame(try #require(try assembler.accept(second[2])), patterned([30]))
        }
    }

    @Test("announcements over the limits are refused before anything is allocated")
    func limits() {
        var limits = WireLimits()
        limits.maximumMessageBytes = 100
        limits.maximumTensors = 3
        limits.maximumHeaderBytes = 10
        let cases: [(WireFrames, SegmentError)] = [
            (patterned([99]), .tooLarge(bytes: 102, limit: 100)),
            (patterned([1, 1, 1, 1]), .tooLarge(bytes: 4, limit: 3)),
            (patterned(header: .init(repeating: 0, count: 11), []), .tooLarge(bytes: 11, limit: 10)),
        ]
        for (message, expected) in cases {
            var assembler = MessageAssembler(limits: limits)
            #expect(throws: expected) { try assembler.accept(Self.arriving(message, segmentBytes: 1000)[0]) }
        }
        var assembler = MessageAssembler(limits: limits)
        let lengths = [UInt8](repeating: 0xFF, count: 16)
        let overflowing = FrameBytes([0x48, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0] + lengths)
        #expect(throws: SegmentError.tooLarge(bytes: .max, limit: 100)) {
            try assembler.accept([overflowing])
        }
    }

    @Test("frames that do not fit the announcement are refused")
    func misfits() {
        let extra = FrameBytes([1] as [UInt8])
        let good = Self.arriving(patterned([30]), segmentBytes: 10)
        for frames in [
            good[0] + [FrameBytes([UInt8](repeating: 0, count: 21))], good[0] + [FrameBytes([UInt8]())],
        ] {
            var assembler = MessageAssembler(limits: WireLimits())
            #expect(throws: SegmentError.wrongFrames) { try assembler.accept(frames) }
        }
        var assembler = MessageAssembler(limits: WireLimits())
        #expect(throws: SegmentError.wrongFrames) {
            try assembler.accept(Self.arriving(patterned([3]), segmentBytes: 10)[0] + [extra])
        }
        #expect(throws: SegmentError.notASegment) { try assembler.accept(nil) }
        #expect(throws: SegmentError.notASegment) { try assembler.accept([]) }
    }

    @Test("no sequence of damaged segments does anything but assemble or throw", arguments: 0..<10)
    func fuzz(seed: UInt64) {
        var state = seed &* 7919 &+ 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var limits = WireLimits()
        limits.maximumMessageBytes = 1 << 16
        var assembler = MessageAssembler(limits: limits)
        for round in 0..<2000 {
            let message = patterned((0..<random(4)).map { _ in random(40) })
            for var frames in Self.arriving(message, number: UInt32(round), segmentBytes: 1 + random(30)) {
                if random(3) == 0 {
                    let index = random(frames.count)
                    var bytes = frames[index].array
                    switch random(4) {
                    case 0 where !bytes.isEmpty: bytes[random(bytes.count)] = UInt8(random(256))
                    case 1: bytes.removeLast(min(bytes.count, random(9)))
                    case 2: bytes += [UInt8](repeating: 0xFF, count: random(9))
                    default: frames.append(frames[index])
                    }
                    frames[index] = FrameBytes(bytes)
                }
                _ = try? assembler.accept(frames)
            }
        }
    }
}

import ExactArithmetic
import Testing

@testable import WireMessages

@Suite struct FuzzTests {
    @Test("no bytes at all make the decoder do anything but decode or throw its error", arguments: 0..<20)
    func randomBytes(seed: UInt64) {
        var generator = CounterBasedGenerator(seed: seed, purpose: .simulation)
        for _ in 0..<1000 {
            let length = Int.random(in: 0...80, using: &generator)
            let header = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            Self.decode(WireFrames(header: header))
        }
    }

    @Test("no damage to a valid message makes the decoder do anything but decode or throw", arguments: 0..<20)
    func mutations(seed: UInt64) {
        var generator = CounterBasedGenerator(seed: seed, purpose: .simulation)
        let messages = Examples.workers.map { $0.encoded() } + Examples.coordinators.map { $0.encoded() }
        for _ in 0..<100 {
            for message in messages { Self.decode(Self.damaged(message, &generator)) }
        }
    }

    private static func damaged(_ message: WireFrames, _ generator: inout CounterBasedGenerator) -> WireFrames
    {
        var header = message.header
        var tensors = message.tensors
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = header.isEmpty ? 0 : Int.random(in: 0..<header.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0 where !header.isEmpty: header[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1 where !header.isEmpty: header[place] = UInt8.random(in: .min ... .max, using: &generator)
            case 2: header.removeSubrange(place...)
            case 3: header.insert(contentsOf: header[place...], at: place)
            case 4: header.insert(contentsOf: [UInt8](repeating: 0xFF, count: 9), at: place)
            case 5: tensors.append(FrameBytes([UInt8](repeating: 0, count: place)))
            default: _ = tensors.popLast()
            }
        }
        return WireFrames(header: header, tensors: tensors)
    }

    private static func decode(_ frames: WireFrames) {
        do throws(WireError) { _ = try WorkerMessage(frames: frames) } catch {
            #expect(!error.description.isEmpty)
        }
        do throws(WireError) { _ = try CoordinatorMessage(frames: frames) } catch {
            #expect(!error.description.isEmpty)
        }
    }
}

import TestSupport
import Testing

@testable import VGGBackbone

@Suite("Preprocessing as a layer")
struct ChannelRescalingTests {
    @Test("it gives what preprocessing gives, channel by channel", arguments: Preprocessing.allCases)
    func sameValues(preprocessing: Preprocessing) {
        let rescaling = preprocessing.rescaling
        for level in 0...255 {
            let picture = [Float(level), Float(255 - level), Float(level / 2)]
            let expected = preprocessing.apply(picture).map(Double.init)
            var found = (0..<3).map { Double(picture[$0]) * rescaling.scale[$0] + rescaling.offset[$0] }
            if rescaling.reversesChannels { found.reverse() }
            // Float32 rounds the mean and what is left of the value, each by 2^-17 below 256.
            expectClose(found, expected, atMost: 0x1p-16)
        }
    }
}

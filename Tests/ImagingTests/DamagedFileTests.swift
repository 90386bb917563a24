import ExactArithmetic
import Foundation
import TestSupport
import Testing

@testable import Imaging

/// Files cut and bent in thousands of ways; a crash would end the test run.
struct DamagedFileTests {
    /// A pixel limit that the sound files keep, so that a bent header can't make the test slow.
    private static let options = DecodingOptions(pixelLimit: 1 << 19)

    private static let files: [[UInt8]] = {
        let built = (OddFile.all + OddFile.oriented).compactMap { Data(base64Encoded: $0.contents) }
        let codecs = SelfTestPictures.files.compactMap { Data(base64Encoded: $0.base64) }
        let folder = SharedFolder.path("golden/decode/images")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let odd = names.sorted().compactMap { FileManager.default.contents(atPath: "\(folder)/\($0)") }
        return (built + codecs + odd).map { [UInt8]($0) }
    }()

    private func outcome(_ bytes: [UInt8]) -> Result<RGBImage, ImageDecodingError> {
        do throws(ImageDecodingError) {
            return .success(try ImageDecoder.decode(bytes, options: Self.options))
        } catch { return .failure(error) }
    }

    @Test("a file cut anywhere is read or refused, the same each time")
    func truncations() {
        for file in Self.files {
            let step = max(file.count / 64, 1)
            for count in stride(from: 0, to: file.count, by: step) {
                let cut = Array(file[..<count])
                expectSame(outcome(cut), outcome(cut))
            }
        }
    }

    @Test("a file with bits flipped is read or refused, the same each time", arguments: [UInt64(1), 2])
    func flippedBits(seed: UInt64) {
        var random = CounterBasedGenerator(seed: seed, purpose: .simulation)
        for file in Self.files where !file.isEmpty {
            for trial in 0..<60 {
                var bent = file
                // Most of the flips go to the first bytes, where the structure is.
                let reach = trial % 2 == 0 ? min(bent.count, 96) : bent.count
                for _ in 0...(trial % 4) {
                    bent[Int.random(in: 0..<reach, using: &random)] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                }
                expectSame(outcome(bent), outcome(bent), "seed \(seed), trial \(trial)")
            }
        }
    }

    @Test("two halves of different files are read or refused")
    func splices() {
        for (index, file) in Self.files.enumerated() {
            let other = Self.files[(index + 7) % Self.files.count]
            let spliced = file[..<(file.count / 2)] + other[(other.count / 2)...]
            expectSame(outcome(Array(spliced)), outcome(Array(spliced)))
        }
    }
}

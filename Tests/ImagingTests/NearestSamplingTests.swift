import TestSupport
import Testing

@testable import Imaging

/// The expected places are Pillow 13's: `Image.fromarray(numpy.arange(source, dtype="int32")[None])` resized
/// to `(count, 1)` with NEAREST shows which source column each place took.
struct NearestSamplingTests {
    private static let columns: [(source: Int, columns: [Int32])] = [
        (1, [0, 0, 0, 0, 0]),
        (2, [0, 1, 1]),
        (3, [0, 2]),
        (10, [0, 2, 3, 5, 6, 7, 9]),
        (7, [0, 1, 1, 2, 3, 3, 4, 5, 5, 6]),
        (33, [1, 4, 6, 9, 12, 15, 17, 20, 23, 26, 28, 31]),
        (100, [3, 11, 19, 26, 34, 42, 50, 57, 65, 73, 80, 88, 96]),
    ]

    @Test("a resize takes the columns that Pillow takes")
    func smallSizes() {
        for (source, columns) in Self.columns {
            #expect(NearestSampling.sources(for: columns.count, from: source) == columns)
        }
    }

    /// (source, count, the columns folded: sum = (sum x 31 + column) mod 1000003).
    private static let folded: [(Int, Int, Int)] = [
        (1, 1, 0), (1, 7, 0), (1, 32, 0), (1, 96, 0), (1, 223, 0), (1, 224, 0), (1, 299, 0), (3, 1, 1),
        (3, 7, 954337), (3, 32, 356243), (3, 96, 66784), (3, 223, 491946), (3, 224, 468348),
        (3, 299, 742156), (50, 1, 25), (50, 7, 270297), (50, 32, 622036), (50, 96, 371158),
        (50, 223, 983794), (50, 224, 967026), (50, 299, 90819), (127, 1, 63), (127, 7, 10099),
        (127, 32, 563027), (127, 96, 995038), (127, 223, 740861), (127, 224, 345829), (127, 299, 865704),
        (224, 1, 112), (224, 7, 573511), (224, 32, 929815), (224, 96, 364619), (224, 223, 653534),
        (224, 224, 821501), (224, 299, 684344), (225, 1, 112), (225, 7, 573511), (225, 32, 620749),
        (225, 96, 903022), (225, 223, 964728), (225, 224, 259718), (225, 299, 925729), (333, 1, 166),
        (333, 7, 321545), (333, 32, 707411), (333, 96, 284690), (333, 223, 121215), (333, 224, 776797),
        (333, 299, 667367), (375, 1, 187), (375, 7, 991580), (375, 32, 22236), (375, 96, 605123),
        (375, 223, 540701), (375, 224, 383998), (375, 299, 599181), (500, 1, 250), (500, 7, 683),
        (500, 32, 647462), (500, 96, 915925), (500, 223, 381562), (500, 224, 391627), (500, 299, 644675),
        (640, 1, 320), (640, 7, 234127), (640, 32, 593200), (640, 96, 12846), (640, 223, 786364),
        (640, 224, 332053), (640, 299, 422202), (1000, 1, 500), (1000, 7, 425935), (1000, 32, 630137),
        (1000, 96, 915372), (1000, 223, 747379), (1000, 224, 898939), (1000, 299, 352944),
        (1023, 1, 511), (1023, 7, 304137), (1023, 32, 393504), (1023, 96, 213643), (1023, 223, 369694),
        (1023, 224, 922185), (1023, 299, 518342), (1920, 1, 960), (1920, 7, 628959), (1920, 32, 779597),
        (1920, 96, 19773), (1920, 223, 332275), (1920, 224, 46548), (1920, 299, 526813), (3000, 1, 1500),
        (3000, 7, 780807), (3000, 32, 853660), (3000, 96, 968983), (3000, 223, 737420),
        (3000, 224, 710537), (3000, 299, 689841), (4032, 1, 2016), (4032, 7, 323168), (4032, 32, 737151),
        (4032, 96, 941526), (4032, 223, 47829), (4032, 224, 593596), (4032, 299, 8016), (6000, 1, 3000),
        (6000, 7, 191637), (6000, 32, 653206), (6000, 96, 630146), (6000, 223, 71875),
        (6000, 224, 462073), (6000, 299, 616532),
    ]

    @Test("a resize takes the columns that Pillow takes, for photos' sizes")
    func photoSizes() {
        for (source, count, sum) in Self.folded {
            let columns = NearestSampling.sources(for: count, from: source)
            #expect(columns.reduce(0) { ($0 * 31 + Int($1)) % 1_000_003 } == sum, "\(source) to \(count)")
        }
    }

    @Test("a picture is resized by rows and columns alike, and kept at its own size")
    func resizesBothWays() {
        let pixels = (0..<24).map(UInt8.init)
        let image = RGBImage(width: 4, height: 2, pixels: pixels)
        expectSame(image.resizedNearest(width: 4, height: 2), image)
        let halved = image.resizedNearest(width: 2, height: 1)
        #expect(halved.pixels == [15, 16, 17, 21, 22, 23])
        expectSame(image.resizedNearest(width: 8, height: 4).resizedNearest(width: 4, height: 2), image)
    }
}

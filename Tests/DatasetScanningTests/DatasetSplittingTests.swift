import ContentAddressing
import Testing

@testable import DatasetScanning

@Suite struct DatasetSplittingTests {
    /// A manifest with a class for each array; equal numbers are copies of one picture.
    private func manifest(_ contents: [[Int]], root: String = "here") -> DatasetManifest {
        var pictures: [PictureFile] = []
        for (classIndex, members) in contents.enumerated() {
            for (position, content) in members.enumerated() {
                pictures.append(
                    PictureFile(
                        relativePath: "\(classIndex)/\(position).png", classIndex: classIndex, byteCount: 8,
                        digest: ContentDigest(hashing: "\(content)".utf8)))
            }
        }
        return DatasetManifest(root: root, classes: contents.indices.map(String.init), pictures: pictures)
    }

    private func counts(_ manifest: DatasetManifest) -> [Int] {
        manifest.classes.indices.map { index in manifest.pictures.count { $0.classIndex == index } }
    }

    @Test("each class gives the rounded share, at least one of two or more and never all")
    func shares() {
        let whole = manifest([Array(0..<100), Array(100..<107), [200, 201], [300], Array(400..<410)])
        let expected: [(fraction: Double, validation: [Int])] = [
            (0, [0, 0, 0, 0, 0]), (0.2, [20, 1, 1, 0, 2]), (0.25, [25, 2, 1, 0, 3]),
            (0.001, [1, 1, 1, 0, 1]),
            (0.99, [99, 6, 1, 0, 9]),
        ]
        for (fraction, validation) in expected {
            let sides = whole.splitting(validationFraction: fraction, seed: 3)
            #expect(counts(sides.validation) == validation)
            #expect(zip(counts(sides.training), validation).map(+) == [100, 7, 2, 1, 10])
        }
    }

    @Test("the split depends on seed and content only, not on the root or on the files' names")
    func independence() {
        let first = manifest([Array(0..<50), Array(50..<100)]).splitting(validationFraction: 0.3, seed: 1)
        let moved = manifest([Array((0..<50).reversed()), Array(50..<100)], root: "there")
            .splitting(validationFraction: 0.3, seed: 1)
        #expect(Set(first.validation.pictures.map(\.digest)) == Set(moved.validation.pictures.map(\.digest)))
        let reseeded = manifest([Array(0..<50), Array(50..<100)]).splitting(validationFraction: 0.3, seed: 2)
        #expect(
            Set(first.validation.pictures.map(\.digest)) != Set(reseeded.validation.pictures.map(\.digest)))
    }

    @Test("the pictures taken are the first by SHA-256 of seed and digest")
    func order() {
        let seed: [UInt8] = [0, 0, 0, 0, 0, 0, 1, 2]
        let whole = manifest([Array(0..<20), Array(20..<40)])
        let sides = whole.splitting(validationFraction: 0.25, seed: 258)
        for classIndex in 0..<2 {
            let sorted = whole.pictures.filter { $0.classIndex == classIndex }
                .sorted {
                    ContentDigest(hashing: seed + $0.digest.bytes)
                        < ContentDigest(hashing: seed + $1.digest.bytes)
                }
            let taken = sides.validation.pictures.filter { $0.classIndex == classIndex }
            #expect(Set(taken) == Set(sorted.prefix(5)))
        }
    }

    @Test("both sides keep the order of files, and share nothing")
    func fileOrder() {
        let whole = manifest([Array(0..<30), Array(30..<60)])
        let sides = whole.splitting(validationFraction: 0.4, seed: 9)
        let positions = Dictionary(uniqueKeysWithValues: whole.pictures.enumerated().map { ($1, $0) })
        for side in [sides.training, sides.validation] {
            let order = side.pictures.compactMap { positions[$0] }
            #expect(order == order.sorted())
        }
        #expect(Set(sides.training.pictures).isDisjoint(with: sides.validation.pictures))
        #expect(sides.training.pictures.count + sides.validation.pictures.count == 60)
    }

    @Test("copies of a picture land on one side, in one class or in several", arguments: UInt64(0)..<40)
    func copies(seed: UInt64) {
        let first = (0..<20).flatMap { [$0, $0, $0 % 7] }
        let whole = manifest([first, Array(10..<40), [1, 1, 1], [50, 50, 51]])
        let sides = whole.splitting(validationFraction: 0.2, seed: seed)
        let training = Set(sides.training.pictures.map(\.digest))
        #expect(training.isDisjoint(with: sides.validation.pictures.map(\.digest)))
        #expect(sides.training.pictures.count + sides.validation.pictures.count == whole.pictures.count)
        #expect(counts(sides.validation)[3] == 1)
        #expect(counts(sides.validation)[0] <= 12)
    }

    @Test("where every group of copies is larger than the share, the smallest goes to validation")
    func largeGroups() {
        let sides = manifest([[1, 1, 1, 1, 2, 2, 2], [3, 4]]).splitting(validationFraction: 0.1, seed: 0)
        #expect(counts(sides.validation) == [3, 1])
        let copiesOnly = manifest([[1, 1, 1], [3, 4]]).splitting(validationFraction: 0.4, seed: 0)
        #expect(counts(copiesOnly.validation) == [0, 1])
    }
}

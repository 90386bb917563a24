import ContentAddressing

extension DatasetManifest {
    /// Splits off about `validationFraction` of each class for validation, the same pictures on every
    /// machine.
    ///
    /// Within a class, pictures are taken in the order of SHA-256(seed as eight big-endian bytes, picture
    /// digest) until there are round(fraction x n), at least one if there are two or more, but never all.
    /// Copies of a picture go to the same side, even in different classes; a group of copies that would
    /// exceed the number is skipped. Each side keeps the order of files.
    ///
    /// - Precondition: the fraction is at least 0 and less than 1.
    package func splitting(
        validationFraction: Double, seed: UInt64
    ) -> (training: DatasetManifest, validation: DatasetManifest) {
        precondition(validationFraction >= 0 && validationFraction < 1, "a fraction is in [0, 1)")
        var sides = SplitSides(seed: seed)
        for members in picturesByClass() {
            sides.assign(members, fraction: validationFraction)
        }
        return (keeping { !sides.isValidation($0.digest) }, keeping { sides.isValidation($0.digest) })
    }

    private func picturesByClass() -> [[PictureFile]] {
        var members = Array(repeating: [PictureFile](), count: classes.count)
        for picture in pictures {
            members[picture.classIndex].append(picture)
        }
        return members
    }
}

/// The side of each picture digest, decided class by class.
private struct SplitSides {
    let seed: UInt64
    /// Whether a digest belongs to validation. Never iterated, so its order doesn't matter.
    private var decisions: [ContentDigest: Bool] = [:]

    init(seed: UInt64) { self.seed = seed }

    func isValidation(_ digest: ContentDigest) -> Bool { decisions[digest] ?? false }

    mutating func assign(_ members: [PictureFile], fraction: Double) {
        var counts: [ContentDigest: Int] = [:]
        for member in members {
            counts[member.digest, default: 0] += 1
        }
        let open = counts.filter { decisions[$0.key] == nil }
            .map { (key: sortingKey(of: $0.key), digest: $0.key, count: $0.value) }
            .sorted { $0.key < $1.key }
        var taken = counts.reduce(0) { decisions[$1.key] == true ? $0 + $1.value : $0 }
        let target = Self.target(of: members.count, fraction: fraction)
        var smallest: (digest: ContentDigest, count: Int)?
        for group in open {
            let fits = taken + group.count <= target
            decisions[group.digest] = fits
            if fits {
                taken += group.count
            } else if group.count < smallest?.count ?? members.count {
                smallest = (group.digest, group.count)
            }
        }
        // Every group exceeds the target. Take the smallest, unless it is the whole class.
        if taken == 0, target > 0, let smallest {
            decisions[smallest.digest] = true
        }
    }

    /// The number of pictures, out of `count`, that validation should get.
    private static func target(of count: Int, fraction: Double) -> Int {
        guard fraction > 0, count >= 2 else { return 0 }
        return min(max(Int((fraction * Double(count)).rounded()), 1), count - 1)
    }

    private func sortingKey(of digest: ContentDigest) -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(bigEndian: seed)
        hasher.update(digest.bytes)
        return hasher.finalize()
    }
}

/// The sizes of a head: Dense(hiddenUnits, relu), Dense(classCount, softmax) over `featureCount` features.
package struct HeadShape: Sendable, Hashable {
    package let featureCount: Int
    package let hiddenUnits: Int
    package let classCount: Int

    /// - Precondition: 1...2^24 features, 1...2^20 hidden units and 1...2^24 classes.
    package init(featureCount: Int, hiddenUnits: Int, classCount: Int) {
        precondition(featureCount > 0 && featureCount <= Self.featuresAtMost)
        precondition(hiddenUnits > 0 && hiddenUnits <= Self.unitsAtMost)
        precondition(classCount > 0 && classCount <= Self.classesAtMost)
        self.featureCount = featureCount
        self.hiddenUnits = hiddenUnits
        self.classCount = classCount
    }

    /// Takes the sizes from a file or message; throws if they are outside the bounds.
    package init(checking featureCount: Int, hiddenUnits: Int, classCount: Int) throws(HeadTensorError) {
        guard (1...Self.featuresAtMost).contains(featureCount), (1...Self.unitsAtMost).contains(hiddenUnits),
            (1...Self.classesAtMost).contains(classCount)
        else { throw .impossibleSizes([featureCount, hiddenUnits, classCount]) }
        self.init(featureCount: featureCount, hiddenUnits: hiddenUnits, classCount: classCount)
    }

    private static let (featuresAtMost, unitsAtMost, classesAtMost) = (1 << 24, 1 << 20, 1 << 24)

    /// The first kernel's elements: features x hidden units.
    package var kernelCount: Int { featureCount * hiddenUnits }

    /// The second kernel's elements: hidden units x classes.
    package var outputKernelCount: Int { hiddenUnits * classCount }
}

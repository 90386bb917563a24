/// The sizes of a head: Dense(hiddenUnits, relu), Dense(classCount, softmax) over `featureCount` features.
package struct HeadShape: Sendable, Hashable {
    package let featureCount: Int
    package let hiddenUnits: Int
    package let classCount: Int

    /// - Precondition: all three are positive and their products fit 31 bits a side.
    package init(featureCount: Int, hiddenUnits: Int, classCount: Int) {
        precondition(featureCount > 0 && featureCount <= 1 << 24)
        precondition(hiddenUnits > 0 && hiddenUnits <= 1 << 20 && classCount > 0 && classCount <= 1 << 24)
        self.featureCount = featureCount
        self.hiddenUnits = hiddenUnits
        self.classCount = classCount
    }

    /// The first kernel's elements: features x hidden units.
    package var kernelCount: Int { featureCount * hiddenUnits }

    /// The second kernel's elements: hidden units x classes.
    package var outputKernelCount: Int { hiddenUnits * classCount }
}

/// The vector instructions that the hot loops run on. All give the same bits; only the time differs.
package enum KernelSet: String, Sendable, CaseIterable {
    case avx512
    case avx2
    case neon

    /// The number by which `CKernels` knows it.
    package var identifier: Int32 {
        switch self {
        case .avx512: 1
        case .avx2: 2
        case .neon: 3
        }
    }
}

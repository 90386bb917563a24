/// The vector instructions of the hot loops. All give the same bits and differ only in speed.
package enum KernelSet: String, Sendable, CaseIterable {
    case avx512
    case avx2
    case neon

    /// The set's number in `CKernels`.
    package var identifier: Int32 {
        switch self {
        case .avx512: 1
        case .avx2: 2
        case .neon: 3
        }
    }
}

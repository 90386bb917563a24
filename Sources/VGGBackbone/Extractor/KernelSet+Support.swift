import CKernels
import ExactArithmetic

/// Why no vector kernels can be chosen.
package enum KernelError: Error, Equatable, CustomStringConvertible {
    case unknown(name: String)
    case unsupported(KernelSet)
    case noneSupported

    package var description: String {
        let known = KernelSet.allCases.map(\.rawValue).joined(separator: ", ")
        return switch self {
        case .unknown(let name):
            "HEADSTART_KERNELS is \"\(name)\", which is not one of \(known); set one of them or leave it unset"
        case .unsupported(let kernels):
            "HEADSTART_KERNELS asks for \(kernels.rawValue), which this processor doesn't have; leave it unset"
        case .noneSupported:
            "this processor has none of the instructions that HeadStart computes with (\(known)); "
                + "use an x86-64 processor with AVX2 and FMA (2013 or later) or a 64-bit ARM"
        }
    }
}

extension KernelSet {
    /// Whether this processor and its operating system can run these kernels.
    package var isSupported: Bool { headstart_kernels_supported(identifier) }

    /// The fastest kernels that this machine can run, or those that `override` names.
    ///
    /// - Parameter override: the value of the environment variable `HEADSTART_KERNELS`; with nil or "" the
    ///   choice is free.
    package static func selected(override: String?) throws(KernelError) -> KernelSet {
        guard let override, !override.isEmpty else {
            guard let fastest = allCases.first(where: \.isSupported) else { throw .noneSupported }
            return fastest
        }
        guard let kernels = KernelSet(rawValue: override) else { throw .unknown(name: override) }
        guard kernels.isSupported else { throw .unsupported(kernels) }
        return kernels
    }
}

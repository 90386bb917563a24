import ClassifierHead
import ContentAddressing
import ExactArithmetic
import Imaging
import VGGBackbone

/// A digest of everything that determines the bits of results on a machine: the codecs and every kernel, run
/// once on built-in inputs. Machines that give the same results have the same digest, whatever their vector
/// width.
package enum ArithmeticFingerprint {
    /// Takes a few milliseconds.
    package static func digest(kernels: KernelSet) throws -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(try ImagingSelfTest.digest().bytes)
        hasher.update(BackboneSelfTest.digest(kernels: kernels).bytes)
        hasher.update(HeadSelfTest.digest(kernels: kernels).bytes)
        return hasher.finalize()
    }
}

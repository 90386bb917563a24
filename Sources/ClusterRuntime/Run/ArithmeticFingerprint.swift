import ClassifierHead
import ContentAddressing
import ExactArithmetic
import Imaging
import VGGBackbone

/// One digest of everything that decides a result's bits on a machine: the codecs and every kernel, run once
/// on built-in inputs. It is the same on every machine whose results are; the vector width has no part in it.
package enum ArithmeticFingerprint {
    /// Takes some milliseconds.
    package static func digest(kernels: KernelSet) throws -> ContentDigest {
        var hasher = ContentHasher()
        hasher.update(try ImagingSelfTest.digest().bytes)
        hasher.update(BackboneSelfTest.digest(kernels: kernels).bytes)
        hasher.update(HeadSelfTest.digest(kernels: kernels).bytes)
        return hasher.finalize()
    }
}

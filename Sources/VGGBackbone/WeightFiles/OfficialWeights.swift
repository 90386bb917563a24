/// A weight file published by Keras, without the dense layers.
///
/// Source: `keras/src/applications/vgg16.py` and `vgg19.py`.
package struct OfficialWeights: Sendable, Hashable {
    /// The file's name in Keras' folder and in HeadStart's.
    package let fileName: String
    package let url: String
    package let byteCount: Int
    /// 32 lower-case hexadecimal digits.
    package let md5: String

    package init(fileName: String, url: String, byteCount: Int, md5: String) {
        self.fileName = fileName
        self.url = url
        self.byteCount = byteCount
        self.md5 = md5
    }

    package static let vgg16 = OfficialWeights(
        fileName: fileName(of: .vgg16),
        url: "https://storage.googleapis.com/tensorflow/keras-applications/vgg16/" + fileName(of: .vgg16),
        byteCount: 58_889_256, md5: "6d6bbae143d832006294945121d1f1fc")

    package static func fileName(of architecture: VGGArchitecture) -> String {
        "\(architecture.rawValue)_weights_tf_dim_ordering_tf_kernels_notop.h5"
    }
}

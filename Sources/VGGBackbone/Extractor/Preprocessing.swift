/// How a picture's values are changed for the backbone, named as in Keras' `imagenet_utils`.
package enum Preprocessing: String, Sendable, CaseIterable {
    /// Times 1/255, as the recipe's `ImageDataGenerator(rescale=1/255)` does.
    case rescale
    /// Blue, green, red, each minus ImageNet's mean, as VGG's weights were trained.
    case caffe
    /// Divided by 255, then minus ImageNet's mean and divided by its deviation, for each channel.
    case torch

    /// The network's input for pictures of shape (.., 3) with red, green and blue in 0...255.
    ///
    /// Every operation is on float32 in Keras' order, so the results have the same bits as Keras'.
    package func apply(_ values: [Float]) -> [Float] {
        precondition(values.count.isMultiple(of: 3), "pictures have three channels")
        return [Float](unsafeUninitializedCapacity: values.count) { result, count in
            switch self {
            case .rescale:
                for i in values.indices { result[i] = values[i] * Float(1.0 / 255) }
            case .caffe:
                for i in stride(from: 0, to: values.count, by: 3) {
                    result[i] = values[i + 2] - 103.939
                    result[i + 1] = values[i + 1] - 116.779
                    result[i + 2] = values[i] - 123.68
                }
            case .torch:
                for i in stride(from: 0, to: values.count, by: 3) {
                    result[i] = (values[i] / 255 - 0.485) / 0.229
                    result[i + 1] = (values[i + 1] / 255 - 0.456) / 0.224
                    result[i + 2] = (values[i + 2] / 255 - 0.406) / 0.225
                }
            }
            count = values.count
        }
    }
}

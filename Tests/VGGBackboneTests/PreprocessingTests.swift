import TestSupport
import Testing

@testable import VGGBackbone

/// Expected values follow from the definitions in Keras' `imagenet_utils`.
struct PreprocessingTests {
    @Test("rescale divides by 255")
    func rescale() {
        #expect(
            Preprocessing.rescale.apply([0, 51, 255]) == [0, 51 * Float(1.0 / 255), 255 * Float(1.0 / 255)])
    }

    @Test("caffe turns red, green, blue into blue, green, red minus the means")
    func caffe() {
        let values: [Float] = [10, 20, 30, 123.68, 116.779, 103.939]
        let expected: [Float] = [30 - 103.939, 20 - 116.779, 10 - 123.68, 0, 0, 0]
        expectSame(Preprocessing.caffe.apply(values), expected)
    }

    @Test("torch normalizes each channel by its mean and deviation")
    func torch() {
        let expected: [Float] = [(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225]
        #expect(Preprocessing.torch.apply([255, 255, 255]) == expected)
    }
}

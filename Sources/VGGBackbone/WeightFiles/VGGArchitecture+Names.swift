extension VGGArchitecture {
    /// Identifies the network by its layers' names; `nil` if no name is VGG's.
    ///
    /// A VGG with missing layers is identified too, so that the error can name what is missing.
    init?(layerNames names: [String]) {
        let names = Set(names)
        guard names.contains(where: Self.isLayerName) else { return nil }
        let vgg16 = Set(Self.vgg16.layers.map(\.name))
        let onlyInVGG19 = Self.vgg19.layers.map(\.name).filter { !vgg16.contains($0) }
        self = onlyInVGG19.contains(where: names.contains) ? .vgg19 : .vgg16
    }

    /// Whether it is the name of a convolution of VGG16 or VGG19.
    static func isLayerName(_ name: String) -> Bool {
        vgg19.layers.contains { $0.name == name }
    }
}

extension ConvolutionLayer {
    /// The kernel's name in Keras 3, such as "block1_conv1/kernel"; the flat form uses it.
    var kernelName: String { name + "/kernel" }
    var biasName: String { name + "/bias" }
    var kernelShape: [Int] { [3, 3, inputChannels, outputChannels] }
    var biasShape: [Int] { [outputChannels] }
}

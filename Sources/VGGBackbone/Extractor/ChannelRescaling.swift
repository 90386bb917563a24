/// A preprocessing that a network's layer can do: each channel times a scale plus an offset.
package struct ChannelRescaling: Sendable, Equatable {
    /// For red, green and blue.
    package let scale: [Double]
    package let offset: [Double]
    /// Whether the backbone takes blue, green, red, so that its first kernel's input channels must be
    /// reversed.
    package let reversesChannels: Bool
}

extension Preprocessing {
    /// Equivalent to `apply`, up to float32 rounding and the order of the channels.
    package var rescaling: ChannelRescaling {
        switch self {
        case .rescale:
            ChannelRescaling(
                scale: .init(repeating: 1.0 / 255, count: 3), offset: [0, 0, 0], reversesChannels: false)
        case .caffe:
            ChannelRescaling(
                scale: [1, 1, 1], offset: [-123.68, -116.779, -103.939], reversesChannels: true)
        case .torch:
            ChannelRescaling(
                scale: [0.229, 0.224, 0.225].map { 1 / (255 * $0) },
                offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225], reversesChannels: false)
        }
    }
}

/// A preprocessing in the form that a layer of a network can have: each channel times a number, plus another.
package struct ChannelRescaling: Sendable, Equatable {
    /// Of the picture's red, green and blue.
    package let scale: [Double]
    package let offset: [Double]
    /// Whether the backbone wants blue, green, red: then its first kernel has to be turned round.
    package let reversesChannels: Bool
}

extension Preprocessing {
    /// The same as `apply`, up to the rounding of float32 and the order of the channels.
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

import VGGBackbone

/// The frozen network that extracts features from pictures.
public enum Backbone: String, Sendable, Hashable, CaseIterable {
    case vgg16, vgg19

    var value: VGGArchitecture { self == .vgg16 ? .vgg16 : .vgg19 }
}

/// Where the backbone's weights come from.
public enum Weights: Sendable, Hashable {
    /// Keras' weights, trained on ImageNet (`headstart weights fetch`).
    case imagenet
    /// Weights generated from a seed, for trials and tests.
    case random(UInt64)
    /// A file from Keras (.h5) or from `headstart weights convert`.
    case file(String)

    var source: WeightsSource {
        switch self {
        case .imagenet: .imagenet
        case .random(let seed): .random(seed)
        case .file(let path): .file(Machine.absolute(path))
        }
    }
}

/// How a picture's values are transformed before the network sees them.
public enum Preprocessing: String, Sendable, Hashable, CaseIterable {
    /// Multiplied by 1/255.
    case rescale
    /// Blue, green, red, each minus ImageNet's mean, as in the training of VGG's weights.
    case caffe
    /// Divided by 255, then minus ImageNet's mean and divided by its deviation, channel by channel.
    case torch

    var value: VGGBackbone.Preprocessing {
        switch self {
        case .rescale: .rescale
        case .caffe: .caffe
        case .torch: .torch
        }
    }
}

/// An error, described as the command would: what is wrong, and what to do.
public struct HeadStartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(description: String) { self.description = description }

    init(_ error: any Error) { description = "\(error)" }
}

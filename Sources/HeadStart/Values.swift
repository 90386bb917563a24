import VGGBackbone

/// The frozen network that makes features of pictures.
public enum Backbone: String, Sendable, Hashable, CaseIterable {
    case vgg16, vgg19

    var value: VGGArchitecture { self == .vgg16 ? .vgg16 : .vgg19 }
}

/// Where the backbone's weights come from.
public enum Weights: Sendable, Hashable {
    /// Keras' weights, trained on ImageNet (`headstart weights fetch`).
    case imagenet
    /// Weights from a formula and a seed, for trials and tests.
    case random(UInt64)
    /// A file of Keras' (.h5) or of `headstart weights convert`.
    case file(String)

    var source: WeightsSource {
        switch self {
        case .imagenet: .imagenet
        case .random(let seed): .random(seed)
        case .file(let path): .file(Machine.absolute(path))
        }
    }
}

/// What is done to a picture's values before the network sees them.
public enum Preprocessing: String, Sendable, Hashable, CaseIterable {
    /// Times 1/255.
    case rescale
    /// Blue, green, red, each minus ImageNet's mean: what VGG's weights were trained with.
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

/// What went wrong, in the words that the command would use: what is wrong, and what to do.
public struct HeadStartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(description: String) { self.description = description }

    init(_ error: any Error) { description = "\(error)" }
}

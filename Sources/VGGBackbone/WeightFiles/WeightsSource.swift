/// The source of the backbone's weights: the argument of `--weights`.
package enum WeightsSource: Sendable, Hashable, CustomStringConvertible {
    /// Keras' weights, trained on ImageNet.
    case imagenet
    case random(UInt64)
    /// A Keras file or a file in the flat form.
    case file(String)

    /// Reads "imagenet", "random:SEED" or a path; a file with such a name is given as "./imagenet".
    package init(parsing text: String) throws(WeightsError) {
        let prefix = "random:"
        if text == "imagenet" {
            self = .imagenet
        } else if text.hasPrefix(prefix) {
            guard let seed = UInt64(text.dropFirst(prefix.count)) else { throw .invalidSource(text) }
            self = .random(seed)
        } else if text.isEmpty {
            throw .invalidSource(text)
        } else {
            self = .file(text)
        }
    }

    package var description: String {
        switch self {
        case .imagenet: "imagenet"
        case .random(let seed): "random:\(seed)"
        case .file(let path): path
        }
    }
}

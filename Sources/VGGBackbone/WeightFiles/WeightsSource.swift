/// Where the backbone's weights come from: what `--weights` takes.
package enum WeightsSource: Sendable, Hashable, CustomStringConvertible {
    /// Keras' weights, trained on ImageNet.
    case imagenet
    /// Weights from a formula and a seed.
    case random(UInt64)
    /// A file of Keras' or in the flat form.
    case file(String)

    /// Reads "imagenet", "random:SEED" or a path; a file of such a name is given as "./imagenet".
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

    /// The text that `init(parsing:)` reads.
    package var description: String {
        switch self {
        case .imagenet: "imagenet"
        case .random(let seed): "random:\(seed)"
        case .file(let path): path
        }
    }
}

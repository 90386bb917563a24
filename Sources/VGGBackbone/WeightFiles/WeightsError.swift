import Files
import ModelFiles

/// Why weights can't be loaded. Each message names the file, and the tensor if one is at fault.
package enum WeightsError: Error, Equatable, CustomStringConvertible {
    case invalidSource(String)
    /// Keras' file for `imagenet` is neither in Keras' folder nor in HeadStart's.
    case notFetched(architecture: VGGArchitecture, searched: [String])
    /// A file with the official name isn't the official one.
    case notOfficial(path: String)
    case fileSystem(FileSystemError)
    case safetensors(SafetensorsError)
    case unknownFormat(path: String)
    /// An HDF5 file that the library can't open or read, because it is truncated or damaged.
    case damaged(path: String, part: String)
    /// No layer has one of VGG's names.
    case noVGG(path: String, layers: [String])
    case otherNetwork(path: String, found: VGGArchitecture, expected: VGGArchitecture)
    case missingTensor(path: String, tensor: String)
    case misshapen(path: String, tensor: String, shape: [Int], expected: [Int])
    case wrongType(path: String, tensor: String)
    case nonFinite(path: String, tensor: String)
    /// The tensors of a flat file don't match the digest that it states.
    case wrongDigest(path: String)
    case conversionFailed(path: String, reason: String)

    package var description: String {
        switch self {
        case .invalidSource(let text):
            "\"\(text)\" names no weights; give imagenet, random:SEED with a whole number, or a file"
        case .notFetched(let architecture, let searched):
            "the ImageNet weights of \(architecture.rawValue) are not on this machine (looked for "
                + searched.joined(separator: " and ") + "); "
                + (architecture == .vgg16
                    ? "get them with: headstart weights fetch"
                    : "copy Keras' file there, or give --weights FILE")
        case .notOfficial(let path):
            "\(path) is not the official file (its MD5 differs); remove it and run: headstart weights fetch,"
                + " or give it as --weights \(path)"
        case .fileSystem(let error): error.description
        case .safetensors(let error): error.description
        case .unknownFormat(let path):
            "\(path) is neither HDF5 nor safetensors; give Keras' .h5 or .weights.h5, or a .safetensors file"
        case .damaged(let path, let part):
            "\(path) is cut or damaged: \(part) can't be read; copy or download it again"
        case .noVGG(let path, let layers):
            "\(path) holds no VGG16 or VGG19 (its layers: \(layers.isEmpty ? "none" : Self.list(layers)));"
                + " give weights of one of these"
        case .otherNetwork(let path, let found, let expected):
            "\(path) holds \(found.rawValue), and \(expected.rawValue) is asked for;"
                + " give other weights or --backbone \(found.rawValue)"
        case .missingTensor(let path, let tensor):
            "\(path) has no tensor \(tensor); give the weights of a whole network"
        case .misshapen(let path, let tensor, let shape, let expected):
            "\(path): tensor \(tensor) has shape \(shape) and not \(expected);"
                + " give the weights of an unchanged VGG"
        case .wrongType(let path, let tensor):
            "\(path): tensor \(tensor) doesn't hold floating-point numbers; save it as float32"
        case .nonFinite(let path, let tensor):
            "\(path): tensor \(tensor) holds infinities or NaN; take weights from before training diverged"
        case .wrongDigest(let path): "\(path) was changed after it was written; convert or copy it again"
        case .conversionFailed(let path, let reason): "\(path) can't be converted: \(reason)"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
    }
}

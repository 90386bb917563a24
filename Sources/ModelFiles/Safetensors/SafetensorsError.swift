import Files

package enum SafetensorsError: Error, Equatable, CustomStringConvertible {
    case unreadable(FileSystemError)
    case malformed(path: String, reason: String)
    case missingTensor(path: String, name: String)
    /// A tensor has a type that can't be converted to float32 without loss.
    case unsupportedType(path: String, name: String, type: String)

    package var description: String {
        switch self {
        case .unreadable(let error): error.description
        case .malformed(let path, let reason):
            "\(path) is not a whole safetensors file: \(reason); write or copy it again"
        case .missingTensor(let path, let name):
            "\(path) has no tensor \(name); take a file of the right network"
        case .unsupportedType(let path, let name, let type):
            "\(path): tensor \(name) is of type \(type), not F32, F16 or BF16; save it as float32"
        }
    }
}

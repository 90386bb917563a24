import Files
import Foundation

/// A safetensors file from which tensors are read one at a time.
///
/// The whole header is checked when the file is opened: its length, its JSON, and that the tensors' bytes
/// cover the data exactly, without gaps or overlaps, each with the length that its type and shape require.
/// Format: eight bytes of header length, little-endian; a JSON object of tensors; the data, little-endian,
/// row-major (https://github.com/huggingface/safetensors, "Format").
package struct SafetensorsFile: Sendable {
    package struct TensorEntry: Sendable, Hashable {
        package let name: String
        /// The format's name of the type, such as "F32", "BF16" or "I64".
        package let dtype: String
        package let shape: [Int]
        package let byteRange: Range<Int>

        package var elementCount: Int { shape.reduce(1, *) }
    }

    /// The format's limit for the header: 100 MB.
    static let headerLimit = 100_000_000

    package let path: String
    /// The texts under `__metadata__`; empty if there are none.
    package let metadata: [String: String]
    /// In the order of their bytes in the file.
    package let tensors: [TensorEntry]

    private let source: Source

    /// The open file, shared by the copies of this value.
    private final class Source: Sendable {
        let file: OwnedFile
        init(_ file: consuming OwnedFile) { self.file = file }
    }

    package init(path: String) throws(SafetensorsError) {
        self.path = path
        let fileSize: Int
        do {
            source = Source(try OwnedFile(path, .reading))
            fileSize = Int(try source.file.status().st_size)
        } catch {
            throw .unreadable(error)
        }
        guard fileSize >= 8 else {
            throw .malformed(path: path, reason: "its \(fileSize) bytes can't hold a header")
        }
        let length: UInt64 = try Self.elements(of: source, path: path, at: 0, count: 1)[0]
        guard length <= Self.headerLimit, Int(length) <= fileSize - 8 else {
            throw .malformed(path: path, reason: "a header of \(length) bytes in a file of \(fileSize)")
        }
        let text: [UInt8] = try Self.elements(of: source, path: path, at: 8, count: Int(length))
        let header = try SafetensorsHeader(
            parsing: text, dataRange: 8 + Int(length)..<fileSize, path: path)
        metadata = header.metadata
        tensors = header.tensors
    }

    /// The tensor with that name as float32. F16 and BF16 are widened, which is exact.
    package func floats(_ name: String) throws(SafetensorsError) -> [Float] {
        guard let tensor = tensors.first(where: { $0.name == name }) else {
            throw .missingTensor(path: path, name: name)
        }
        let start = tensor.byteRange.lowerBound
        let count = tensor.elementCount
        switch tensor.dtype {
        case "F32": return try Self.elements(of: source, path: path, at: start, count: count)
        case "F16":
            let halves: [Float16] = try Self.elements(of: source, path: path, at: start, count: count)
            return halves.map(Float.init)
        case "BF16":
            let upperHalves: [UInt16] = try Self.elements(of: source, path: path, at: start, count: count)
            return upperHalves.map { Float(bitPattern: UInt32($0) << 16) }
        default: throw .unsupportedType(path: path, name: name, type: tensor.dtype)
        }
    }

    private static func elements<Element: BitwiseCopyable>(
        of source: Source, path: String, at offset: Int, count: Int
    ) throws(SafetensorsError) -> [Element] {
        do throws(FileSystemError) {
            var complete = false
            let elements = try [Element](unsafeUninitializedCapacity: count) {
                (buffer, initialized) throws(FileSystemError) in
                let raw = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(count * MemoryLayout<Element>.size)])
                complete = try source.file.read(into: raw, at: offset) == raw.count
                initialized = complete ? count : 0
            }
            if complete { return elements }
        } catch {
            throw .unreadable(error)
        }
        throw .malformed(path: path, reason: "it was cut while it was read")
    }
}

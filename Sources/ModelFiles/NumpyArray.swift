import Foundation

package enum NumpyError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case malformed(path: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): \(reason); check the path and its permissions"
        case .malformed(let path, let reason):
            "\(path): not a .npy file that can be used: \(reason); write it with numpy.save, in C order"
        }
    }
}

/// An array in NumPy's `.npy` format (version 1.0), C order, little-endian.
///
/// Source: NumPy's NEP 1, "A Simple File Format for NumPy Arrays".
package struct NumpyArray: Sendable, Equatable {
    /// NumPy's type string, such as "<f4", "|u1" or "<i8".
    package let type: String
    package let shape: [Int]
    package let bytes: [UInt8]

    package init(_ floats: [Float], shape: [Int]) {
        precondition(floats.count == shape.reduce(1, *))
        type = "<f4"
        self.shape = shape
        bytes = floats.withUnsafeBytes { Array($0) }
    }

    package init(_ bytes: [UInt8], shape: [Int]) {
        precondition(bytes.count == shape.reduce(1, *))
        type = "|u1"
        self.shape = shape
        self.bytes = bytes
    }

    package init(path: String) throws(NumpyError) {
        let data: [UInt8]
        do { data = try Array(Data(contentsOf: URL(filePath: path))) } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        guard data.count > 10, data[0] == 0x93, data[1..<6].elementsEqual("NUMPY".utf8), data[6] == 1 else {
            throw .malformed(path: path, reason: "no version 1 header")
        }
        let headerLength = Int(data[8]) | Int(data[9]) << 8
        guard data.count >= 10 + headerLength else {
            throw .malformed(path: path, reason: "cut in the header")
        }
        let header = String(decoding: data[10..<10 + headerLength], as: UTF8.self)
        guard let type = header.firstMatch(of: /'descr': *'([^']+)'/)?.1,
            let dimensions = header.firstMatch(of: /'shape': *\(([^)]*)\)/)?.1,
            header.contains(/'fortran_order': *False/), let itemSize = Int(type.drop { !$0.isNumber })
        else { throw .malformed(path: path, reason: "header \(header)") }
        shape = dimensions.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        self.type = String(type)
        bytes = Array(data[(10 + headerLength)...])
        guard itemSize > 0, ([itemSize] + shape).elementCount == bytes.count else {
            throw .malformed(path: path, reason: "\(bytes.count) bytes for shape \(shape)")
        }
    }

    /// The elements of a float32 or uint8 array as floats; `nil` for other types.
    package var floats: [Float]? {
        switch type {
        case "<f4":
            bytes.withUnsafeBytes { raw in
                (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
        case "|u1": bytes.map(Float.init)
        default: nil
        }
    }

    package var encoded: [UInt8] {
        let dimensions = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(dimensions)), }"
        let unpadded = 10 + header.utf8.count + 1
        header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
        let length = header.utf8.count
        let magic: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]
        return magic + Array(header.utf8) + bytes
    }

    /// Writes the file, replacing an existing one atomically.
    package func write(to path: String) throws(NumpyError) {
        do { try Data(encoded).write(to: URL(filePath: path), options: .atomic) } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
    }
}

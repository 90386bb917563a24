import ClassifierHead
import ContentAddressing
import Files
import Foundation
import TrainingProtocol

package enum CheckpointError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case damaged(path: String, reason: String)
    case otherRun(path: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): \(reason)"
        case .damaged(let path, let reason):
            "\(path): damaged (\(reason)); an older checkpoint is used if there is one"
        case .otherRun(let path): "\(path): it belongs to another run; don't mix run folders"
        }
    }
}

/// A checkpoint: a run's position and its head, in a file with a digest to verify it.
///
/// Layout, little-endian: 8 bytes magic "HSCHECK1", UInt64 length of the header in bytes, the header (JSON:
/// run, position, number of updates, the head's shape, the tensors' names and shapes), the tensors' float32
/// elements one after the other, and at the end the SHA-256 of everything before it.
package struct CheckpointFile: Sendable {
    package let run: String
    package let position: RunPosition
    package let head: HeadSnapshot

    package init(run: String, position: RunPosition, head: HeadSnapshot) {
        self.run = run
        self.position = position
        self.head = head
    }

    private struct Header: Codable {
        struct Tensor: Codable {
            let name: String
            let shape: [Int]
        }

        let run: String
        let position: RunPosition
        let updates: Int
        let featureCount: Int
        let hiddenUnits: Int
        let classCount: Int
        let tensors: [Tensor]
    }

    private static let magic = Array("HSCHECK1".utf8)
    /// The largest header in bytes: it holds some names and one row per epoch, so a larger one is damaged.
    private static let headerLimit = 64 << 20

    /// Writes the file durably and atomically; it replaces one of the same name.
    package func write(to path: String) throws {
        let tensors = head.tensors
        let shape = head.parameters.shape
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let header = try encoder.encode(
            Header(
                run: run, position: position, updates: head.updates, featureCount: shape.featureCount,
                hiddenUnits: shape.hiddenUnits, classCount: shape.classCount,
                tensors: tensors.map { .init(name: $0.name, shape: $0.shape) }))
        try DurableFile.write(path) { (content: inout DurableFile.Content) throws(FileSystemError) in
            var hasher = ContentHasher()
            let start =
                Self.magic + withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init)
                + Array(header)
            hasher.update(start)
            try content.append(start)
            for tensor in tensors {
                hasher.update(floats: tensor.floats)
                try content.append(floats: tensor.floats)
            }
            try content.append(hasher.finalize().bytes)
        }
    }

    /// Reads and verifies a file.
    package init(path: String) throws(CheckpointError) {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped) } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        let digestPlace = data.count - ContentDigest.byteCount
        guard digestPlace >= 16, data.prefix(8).elementsEqual(Self.magic) else {
            throw .damaged(path: path, reason: "it is no checkpoint, or cut")
        }
        var hasher = ContentHasher()
        data.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<digestPlace])) }
        guard hasher.finalize().bytes.elementsEqual(data[digestPlace...]) else {
            throw .damaged(path: path, reason: "its digest does not match")
        }
        let length = data.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        guard length <= UInt64(min(Self.headerLimit, digestPlace - 16)) else {
            throw .damaged(path: path, reason: "its header's length is impossible")
        }
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: data[16..<16 + Int(length)])
        } catch {
            throw .damaged(path: path, reason: "its header can't be read")
        }
        var offset = 16 + Int(length)
        var tensors: [NamedTensor] = []
        for tensor in header.tensors {
            guard let count = tensor.shape.elementCount, count <= (digestPlace - offset) / 4 else {
                throw .damaged(path: path, reason: "tensor \(tensor.name) is cut")
            }
            let floats = [Float](unsafeUninitializedCapacity: count) { target, initialized in
                data.copyBytes(to: UnsafeMutableRawBufferPointer(target), from: offset..<offset + 4 * count)
                initialized = count
            }
            tensors.append(NamedTensor(name: tensor.name, shape: tensor.shape, floats: floats))
            offset += 4 * count
        }
        do {
            try header.position.validate()
            let shape = try HeadShape(
                checking: header.featureCount, hiddenUnits: header.hiddenUnits, classCount: header.classCount)
            head = try HeadSnapshot(tensors: tensors, updates: header.updates, shape: shape)
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
        run = header.run
        position = header.position
    }
}

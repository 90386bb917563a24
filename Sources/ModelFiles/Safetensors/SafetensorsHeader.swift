import Foundation

/// The content of a safetensors header, checked against the format's rules.
struct SafetensorsHeader {
    var metadata: [String: String] = [:]
    var tensors: [SafetensorsFile.TensorEntry] = []

    /// No network's tensor has more dimensions.
    private static let dimensionLimit = 32

    /// The bits per element of the format's types.
    private static let bitWidths = [
        "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
        "I32": 32, "U32": 32, "F32": 32, "I64": 64, "U64": 64, "F64": 64,
    ]

    /// Parses `text`; `dataRange` is the range of the data in the file.
    init(parsing text: [UInt8], dataRange: Range<Int>, path: String) throws(SafetensorsError) {
        guard text.first == UInt8(ascii: "{") else {
            throw .malformed(path: path, reason: "the header doesn't begin with {")
        }
        let fields: Fields
        do { fields = try JSONDecoder().decode(Fields.self, from: Data(text)) } catch {
            throw .malformed(path: path, reason: "the header isn't JSON of the format's form")
        }
        metadata = fields.metadata
        for (name, field) in fields.tensors {
            let range = try Self.byteRange(of: field, name: name, dataRange: dataRange, path: path)
            tensors.append(.init(name: name, dtype: field.dtype, shape: field.shape, byteRange: range))
        }
        // Empty tensors have the same offset as a neighbour; the name makes their order unique.
        tensors.sort {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name)
                < ($1.byteRange.lowerBound, $1.byteRange.upperBound, $1.name)
        }
        var covered = dataRange.lowerBound
        for tensor in tensors {
            guard tensor.byteRange.lowerBound == covered else {
                let fault =
                    tensor.byteRange.lowerBound < covered ? "overlaps another" : "leaves a gap before it"
                throw .malformed(path: path, reason: "tensor \(tensor.name) \(fault)")
            }
            covered = tensor.byteRange.upperBound
        }
        guard covered == dataRange.upperBound else {
            throw .malformed(
                path: path, reason: "\(dataRange.upperBound - covered) bytes belong to no tensor")
        }
    }

    private static func byteRange(
        of field: Fields.Tensor, name: String, dataRange: Range<Int>, path: String
    ) throws(SafetensorsError) -> Range<Int> {
        func fault(_ reason: String) -> SafetensorsError {
            .malformed(path: path, reason: "tensor \(name) \(reason)")
        }
        guard let bits = bitWidths[field.dtype] else { throw fault("is of unknown type \(field.dtype)") }
        guard field.shape.count <= dimensionLimit, field.shape.allSatisfy({ $0 >= 0 }) else {
            throw fault("has no valid shape")
        }
        var byteCount = bits / 8
        for dimension in field.shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: dimension)
            guard !overflow else { throw fault("has a shape too large for any file") }
            byteCount = product
        }
        let offsets = field.offsets
        guard offsets.count == 2, 0 <= offsets[0], offsets[0] <= offsets[1] else {
            throw fault("has no valid data_offsets")
        }
        guard offsets[1] <= dataRange.count else {
            throw fault("ends at byte \(offsets[1]) of the data, which has \(dataRange.count)")
        }
        guard offsets[1] - offsets[0] == byteCount else {
            throw fault("has \(offsets[1] - offsets[0]) bytes, and its shape asks for \(byteCount)")
        }
        return dataRange.lowerBound + offsets[0]..<dataRange.lowerBound + offsets[1]
    }

    private struct Fields: Decodable {
        struct Tensor: Decodable {
            let dtype: String
            let shape: [Int]
            let offsets: [Int]

            enum CodingKeys: String, CodingKey {
                case dtype, shape
                case offsets = "data_offsets"
            }
        }

        struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        var metadata: [String: String] = [:]
        var tensors: [(name: String, Tensor)] = []

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            for key in container.allKeys {
                if key.stringValue == "__metadata__" {
                    metadata = try container.decode([String: String].self, forKey: key)
                } else {
                    tensors.append((key.stringValue, try container.decode(Tensor.self, forKey: key)))
                }
            }
        }
    }
}

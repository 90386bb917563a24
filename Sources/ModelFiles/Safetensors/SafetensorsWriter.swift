import Files

/// Writes safetensors files whose bytes depend only on their content.
package enum SafetensorsWriter {
    /// Writes float32 tensors, in the given order, and `metadata` durably, replacing an existing file.
    ///
    /// The header is `__metadata__` with its keys in code-point order, then the tensors. It is padded with
    /// spaces so that the data begins at a multiple of eight bytes.
    ///
    /// - Precondition: the names are distinct, none is `__metadata__`, and each tensor's floats match its
    ///   shape.
    package static func write(
        tensors: [(name: String, shape: [Int], floats: [Float])], metadata: [String: String], to path: String
    ) throws(FileSystemError) {
        let start = header(of: tensors.map { ($0.name, $0.shape, $0.floats.count) }, metadata: metadata)
        try DurableFile.write(path, for: .shared) {
            (content: inout DurableFile.Content) throws(FileSystemError) in
            try content.append(start)
            for tensor in tensors {
                try content.append(floats: tensor.floats)
            }
        }
    }

    private static func header(
        of tensors: [(name: String, shape: [Int], count: Int)], metadata: [String: String]
    ) -> [UInt8] {
        precondition(
            Set(tensors.map(\.name) + ["__metadata__"]).count == tensors.count + 1, "names must differ")
        var fields: [String] = []
        if !metadata.isEmpty {
            let entries = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                .map { "\(quoted($0.key)):\(quoted($0.value))" }
            fields.append("\"__metadata__\":{\(entries.joined(separator: ","))}")
        }
        var offset = 0
        for tensor in tensors {
            precondition(
                tensor.count == tensor.shape.reduce(1, *), "\(tensor.name) must have its shape's size")
            let end = offset + tensor.count * MemoryLayout<Float>.size
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            fields.append(
                "\(quoted(tensor.name)):{\"dtype\":\"F32\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(offset),\(end)]}"
            )
            offset = end
        }
        var text = Array("{\(fields.joined(separator: ","))}".utf8)
        text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }

    /// A JSON string. Only what JSON requires is escaped, so the form is unique (RFC 8259, section 7).
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// TensorFlow's framing of a record in a file.
package enum TFRecord {
    /// A UInt64 length, its masked checksum, the bytes, their masked checksum; little-endian.
    package static func framed(_ bytes: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(bytes.count))
        return length + littleEndian(CRC32C.masked(length)) + bytes + littleEndian(CRC32C.masked(bytes))
    }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }
}

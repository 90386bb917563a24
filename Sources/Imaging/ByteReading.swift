extension UnsafeRawBufferPointer {
    func littleEndian16(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }

    func littleEndian32(at offset: Int) -> UInt32 {
        UInt32(littleEndian16(at: offset)) | UInt32(littleEndian16(at: offset + 2)) << 16
    }

    func bigEndian16(at offset: Int) -> UInt16 { littleEndian16(at: offset).byteSwapped }

    func bigEndian32(at offset: Int) -> UInt32 { littleEndian32(at: offset).byteSwapped }
}

extension [UInt8] {
    /// Calls `body` with the array's bytes and preserves the type of its error, which `withUnsafeBytes` would
    /// lose.
    func withRawBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result = withUnsafeBytes { bytes -> Result<Value, Failure> in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

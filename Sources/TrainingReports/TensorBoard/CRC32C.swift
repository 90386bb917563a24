/// The checksum of TFRecord files: CRC-32 with Castagnoli's polynomial.
package enum CRC32C {
    /// The polynomial 0x1EDC6F41, its bits reversed.
    private static let polynomial: UInt32 = 0x82F6_3B78

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ polynomial : sum >> 1 }
    }

    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { sum, byte in
            table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
        }
    }

    /// The checksum as TFRecord stores it: rotated and offset, so that data that contains checksums is no
    /// special case.
    package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let sum = checksum(bytes)
        return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
    }
}

import Files

/// The format of a weight file, recognised by its first bytes.
enum WeightFileFormat {
    case hdf5
    case safetensors

    /// HDF5 begins with its signature, a safetensors file with eight bytes of length and a "{".
    init(path: String) throws(WeightsError) {
        var start = [UInt8](repeating: 0, count: 9)
        let count: Int
        do throws(FileSystemError) {
            let file = try OwnedFile(path, .reading)
            count = try start.withUnsafeMutableBufferPointer { (buffer) throws(FileSystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            }
        } catch {
            throw .fileSystem(error)
        }
        if start.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .hdf5
        } else if count == start.count, start[8] == UInt8(ascii: "{") {
            self = .safetensors
        } else {
            throw .unknownFormat(path: path)
        }
    }
}

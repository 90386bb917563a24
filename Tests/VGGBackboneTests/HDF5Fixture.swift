// The library's constants are global variables in C; they are set once, when the library opens.
@preconcurrency import CHDF5

/// Writes small HDF5 files in Keras' layouts, for tests.
final class HDF5Fixture {
    /// How a dataset's elements are stored.
    enum Storage: CaseIterable { case float32, float64, float16, compressed, int32 }

    private let file: hid_t
    private static let standard = hid_t(H5P_DEFAULT)

    init(_ path: String) {
        H5open()
        let truncate: UInt32 = 2  // H5F_ACC_TRUNC
        file = H5Fcreate(path, truncate, Self.standard, Self.standard)
        precondition(file >= 0, "the test's folder must be writable")
    }

    deinit { H5Fclose(file) }

    /// Makes a group and the groups above it.
    func group(_ path: String) {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += "/" + part
            if H5Lexists(file, prefix, Self.standard) <= 0 {
                H5Gclose(H5Gcreate2(file, prefix, Self.standard, Self.standard, Self.standard))
            }
        }
    }

    /// A dataset of which every element is `value`, without any data: the library fills it in when it is
    /// read.
    func dataset(_ path: String, shape: [Int], filledWith value: Float) {
        write(path, shape: shape, floats: nil, fill: value, storage: .float32)
    }

    /// A dataset with these elements.
    func dataset(_ path: String, shape: [Int], floats: [Float], storage: Storage = .float32) {
        write(path, shape: shape, floats: floats, fill: 0, storage: storage)
    }

    private func write(_ path: String, shape: [Int], floats: [Float]?, fill: Float, storage: Storage) {
        group(path.split(separator: "/").dropLast().joined(separator: "/"))
        let dimensions = shape.map(hsize_t.init)
        let space = H5Screate_simple(Int32(shape.count), dimensions, nil)
        let type = H5Tcopy(storage == .float64 ? H5T_NATIVE_DOUBLE_g : H5T_NATIVE_FLOAT_g)
        if storage == .float16 {
            H5Tset_fields(type, 15, 10, 5, 0, 10)
            H5Tset_size(type, 2)
            H5Tset_ebias(type, 15)
        }
        let properties = H5Pcreate(H5P_CLS_DATASET_CREATE_ID_g)
        if storage == .compressed {
            H5Pset_chunk(properties, Int32(shape.count), dimensions)
            H5Pset_deflate(properties, 6)
        }
        var value = fill
        H5Pset_fill_value(properties, H5T_NATIVE_FLOAT_g, &value)
        let storedType = storage == .int32 ? H5Tcopy(H5T_NATIVE_INT_g) : H5Tcopy(type)
        let dataset = H5Dcreate2(file, path, storedType, space, Self.standard, properties, Self.standard)
        precondition(dataset >= 0, "a test writes each dataset once")
        if let floats {
            H5Dwrite(dataset, H5T_NATIVE_FLOAT_g, hid_t(0), hid_t(0), Self.standard, floats)
        }
        for close in [(dataset, H5Dclose), (properties, H5Pclose), (type, H5Tclose), (space, H5Sclose)] {
            _ = close.1(close.0)
        }
        H5Tclose(storedType)
    }

    /// A dataset whose bytes lie in another file.
    func externalDataset(_ path: String, shape: [Int], inFile other: String) {
        let space = H5Screate_simple(Int32(shape.count), shape.map(hsize_t.init), nil)
        let properties = H5Pcreate(H5P_CLS_DATASET_CREATE_ID_g)
        H5Pset_external(properties, other, 0, hsize_t(4 * shape.reduce(1, *)))
        let dataset = H5Dcreate2(
            file, path, H5T_NATIVE_FLOAT_g, space, Self.standard, properties, Self.standard)
        precondition(dataset >= 0, "a test writes each dataset once")
        H5Dclose(dataset)
        H5Pclose(properties)
        H5Sclose(space)
    }

    /// An attribute of texts, as h5py writes them: of fixed length from NumPy, of variable length from `str`.
    func texts(_ texts: [String], attribute: String, of path: String, variable: Bool = false) {
        let object = H5Oopen(file, path.isEmpty ? "/" : path, Self.standard)
        let space = H5Screate_simple(1, [hsize_t(texts.count)], nil)
        let length = max(texts.map(\.utf8.count).max() ?? 1, 1)
        let type = H5Tcopy(H5T_C_S1_g)
        H5Tset_size(type, variable ? -1 : length)  // H5T_VARIABLE is the largest size_t
        H5Tset_strpad(type, H5T_STR_NULLPAD)
        let handle = H5Acreate2(object, attribute, type, space, Self.standard, Self.standard)
        precondition(handle >= 0, "a test writes each attribute once")
        if variable {
            let copies = texts.map { Array($0.utf8CString) }
            var pointers: [UnsafePointer<CChar>] = []
            func write(_ rest: ArraySlice<[CChar]>) {
                guard let first = rest.first else {
                    H5Awrite(handle, type, pointers)
                    return
                }
                first.withUnsafeBufferPointer { buffer in
                    if let base = buffer.baseAddress { pointers.append(base) }
                    write(rest.dropFirst())
                }
            }
            write(copies[...])
        } else {
            let bytes = texts.flatMap { Array($0.utf8) + Array(repeating: 0, count: length - $0.utf8.count) }
            H5Awrite(handle, type, bytes)
        }
        H5Aclose(handle)
        H5Tclose(type)
        H5Sclose(space)
        H5Oclose(object)
    }

    /// A link by name to another path, or to one in another file.
    func link(_ path: String, to target: String, inFile other: String? = nil) {
        if let other {
            H5Lcreate_external(other, target, file, path, Self.standard, Self.standard)
        } else {
            H5Lcreate_soft(target, file, path, Self.standard, Self.standard)
        }
    }

    /// A second name for a group.
    func hardLink(_ path: String, to target: String) {
        H5Lcreate_hard(file, target, file, path, Self.standard, Self.standard)
    }
}

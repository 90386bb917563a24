import CHDF5
import Files
import Glibc

/// Writes a new HDF5 file with groups, text attributes of groups, and float32 arrays, which are written from
/// memory to disk without a copy.
///
/// The file's bytes depend only on what is written; no times are stored.
struct HDF5Writer: ~Copyable {
    private let file: HDF5Handle
    private let path: String

    private static let standard = hid_t(H5P_DEFAULT)

    /// Creates the file, replacing an existing one.
    init(path: String) throws(FileSystemError) {
        self.path = path
        // The library would print every failure. The setting is per thread.
        H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
        errno = 0
        guard
            let file = HDF5Handle(
                H5Fcreate(path, headstart_hdf5_truncating(), Self.standard, Self.standard), closing: H5Fclose)
        else { throw Self.failure(path) }
        self.file = file
    }

    /// Creates a group, whose parent must exist.
    func group(_ name: String) throws(FileSystemError) {
        _ = try open(closing: H5Gclose) {
            H5Gcreate2(file.id, name, Self.standard, Self.standard, Self.standard)
        }
    }

    /// Writes a text as an attribute of a group, as h5py does: UTF-8 of variable length.
    func text(_ text: String, attribute: String, of group: String) throws(FileSystemError) {
        let object = try open(closing: H5Oclose) { H5Oopen(file.id, group, Self.standard) }
        let space = try open(closing: H5Sclose) { H5Screate(H5S_SCALAR) }
        let type = try open(closing: H5Tclose) { H5Tcopy(headstart_hdf5_c_text()) }
        try check(H5Tset_size(type.id, headstart_hdf5_variable_length()))
        try check(H5Tset_cset(type.id, H5T_CSET_UTF8))
        let value = try open(closing: H5Aclose) {
            H5Acreate2(object.id, attribute, type.id, space.id, Self.standard, Self.standard)
        }
        try check(
            text.withCString { characters in
                withUnsafePointer(to: characters) { H5Awrite(value.id, type.id, $0) }
            })
    }

    /// Writes an array, row-major and little-endian.
    func dataset(_ name: String, shape: [Int], floats: [Float]) throws(FileSystemError) {
        precondition(floats.count == shape.reduce(1, *), "\(name) must have its shape's size")
        let space = try open(closing: H5Sclose) {
            H5Screate_simple(Int32(shape.count), shape.map(hsize_t.init), nil)
        }
        let properties = try open(closing: H5Pclose) { H5Pcreate(headstart_hdf5_dataset_creation()) }
        try check(H5Pset_obj_track_times(properties.id, false))
        let dataset = try open(closing: H5Dclose) {
            H5Dcreate2(
                file.id, name, headstart_hdf5_little_endian_float(), space.id, Self.standard, properties.id,
                Self.standard)
        }
        try check(
            H5Dwrite(
                dataset.id, headstart_hdf5_native_float(), hid_t(H5S_ALL), hid_t(H5S_ALL), Self.standard,
                floats))
    }

    /// Writes everything that the library has buffered, and throws if that fails. Closing reports no failure.
    func flush() throws(FileSystemError) {
        try check(H5Fflush(file.id, H5F_SCOPE_GLOBAL))
    }

    private func open(
        closing: @escaping (hid_t) -> herr_t, _ call: () -> hid_t
    ) throws(FileSystemError) -> HDF5Handle {
        errno = 0
        guard let handle = HDF5Handle(call(), closing: closing) else { throw Self.failure(path) }
        return handle
    }

    private func check(_ call: @autoclosure () -> herr_t) throws(FileSystemError) {
        errno = 0
        guard call() >= 0 else { throw Self.failure(path) }
    }

    /// The library has no error codes for disk failures, so this takes the last one of the system.
    private static func failure(_ path: String) -> FileSystemError {
        FileSystemError(.write, path: path, code: errno == 0 ? EIO : errno)
    }
}

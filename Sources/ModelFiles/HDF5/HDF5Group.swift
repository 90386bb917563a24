import CHDF5

/// A group of an HDF5 file opened for reading, with the library's functions that Keras' layouts need.
///
/// Names lead only to objects within the file: links to other files, and datasets whose bytes are in other
/// files, are treated as missing.
package struct HDF5Group: ~Copyable {
    package enum ReadingError: Error {
        case missing
        case damaged
        case wrongType
        case misshapen([Int])
    }

    /// Keras has no longer attributes, nor attributes with longer texts.
    private static let attributeLimit = 65_536

    private let handle: HDF5Handle

    private init(_ handle: consuming HDF5Handle) { self.handle = handle }

    /// The root group of a file; `nil` if the library can't open it.
    package init?(file path: String) {
        // The library would print every failure. The setting is per thread.
        H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
        // A file may name a compressor, which the library would load from a plug-in folder.
        H5PLset_loading_state(0)
        // The root group keeps the file open, so the file's own handle may be closed.
        guard
            let file = HDF5Handle(
                H5Fopen(path, headstart_hdf5_read_only(), hid_t(H5P_DEFAULT)), closing: H5Fclose),
            let root = HDF5Handle(H5Gopen2(file.id, "/", hid_t(H5P_DEFAULT)), closing: H5Gclose)
        else { return nil }
        self.init(root)
    }

    /// The group with that path in this one; `nil` if there is none.
    package func group(_ path: String) -> HDF5Group? {
        guard has(path),
            let group = HDF5Handle(H5Gopen2(handle.id, path, hid_t(H5P_DEFAULT)), closing: H5Gclose)
        else { return nil }
        return HDF5Group(group)
    }

    /// Whether each part of the path is a link within the file.
    package func has(_ path: String) -> Bool {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += (prefix.isEmpty ? "" : "/") + part
            var info = H5L_info_t()
            guard H5Lexists(handle.id, prefix, hid_t(H5P_DEFAULT)) > 0,
                H5Lget_info(handle.id, prefix, &info, hid_t(H5P_DEFAULT)) >= 0, info.type == H5L_TYPE_HARD
            else { return false }
        }
        return !prefix.isEmpty
    }

    /// The names in this group, in increasing order.
    package var childNames: [String] {
        var info = H5G_info_t()
        guard H5Gget_info(handle.id, &info) >= 0 else { return [] }
        return (0..<min(info.nlinks, hsize_t(Self.attributeLimit))).compactMap { index in
            let length = H5Lget_name_by_idx(
                handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, hid_t(H5P_DEFAULT))
            guard length > 0, length < Self.attributeLimit else { return nil }
            var name = [CChar](repeating: 0, count: length + 1)
            H5Lget_name_by_idx(
                handle.id, ".", H5_INDEX_NAME, H5_ITER_INC, index, &name, name.count, hid_t(H5P_DEFAULT))
            return Self.text(name[...])
        }
    }

    /// The texts of an attribute, of fixed or variable length; `nil` if it is missing or has another type.
    ///
    /// An empty attribute gives no texts, whatever its type, because NumPy gives an empty list a numeric
    /// type.
    package func texts(attribute name: String) -> [String]? {
        guard H5Aexists(handle.id, name) > 0,
            let attribute = HDF5Handle(H5Aopen(handle.id, name, hid_t(H5P_DEFAULT)), closing: H5Aclose),
            let type = HDF5Handle(H5Aget_type(attribute.id), closing: H5Tclose),
            let space = HDF5Handle(H5Aget_space(attribute.id), closing: H5Sclose)
        else { return nil }
        let count = Int(H5Sget_simple_extent_npoints(space.id))
        if count == 0 { return [] }
        guard count > 0, count <= Self.attributeLimit, H5Tget_class(type.id) == H5T_STRING else { return nil }
        return H5Tis_variable_str(type.id) > 0
            ? Self.variableTexts(attribute, type: type, space: space, count: count)
            : Self.fixedTexts(attribute, type: type, count: count)
    }

    private static func variableTexts(
        _ attribute: borrowing HDF5Handle, type: borrowing HDF5Handle, space: borrowing HDF5Handle, count: Int
    ) -> [String]? {
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        guard H5Aread(attribute.id, type.id, &pointers) >= 0 else { return nil }
        defer { H5Dvlen_reclaim(type.id, space.id, hid_t(H5P_DEFAULT), &pointers) }
        return pointers.map { $0.map { String(cString: $0) } ?? "" }
    }

    private static func fixedTexts(
        _ attribute: borrowing HDF5Handle, type: borrowing HDF5Handle, count: Int
    ) -> [String]? {
        let length = H5Tget_size(type.id)
        guard length > 0, length <= attributeLimit, count * length <= 1 << 24 else { return nil }
        var characters = [CChar](repeating: 0, count: count * length)
        guard H5Aread(attribute.id, type.id, &characters) >= 0 else { return nil }
        return (0..<count).map { text(characters[($0 * length)..<(($0 + 1) * length)]) }
    }

    /// The text up to the first zero, if there is one.
    private static func text(_ characters: ArraySlice<CChar>) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Reads a dataset of floating-point numbers as float32, in row-major order; the library converts from
    /// other widths.
    ///
    /// - Parameter shape: the required shape, which is checked before any memory is allocated.
    package func floats(_ path: String, shape expected: [Int]) throws(ReadingError) -> [Float] {
        guard has(path) else { throw .missing }
        guard let dataset = HDF5Handle(H5Dopen2(handle.id, path, hid_t(H5P_DEFAULT)), closing: H5Dclose),
            let space = HDF5Handle(H5Dget_space(dataset.id), closing: H5Sclose),
            let type = HDF5Handle(H5Dget_type(dataset.id), closing: H5Tclose)
        else { throw .damaged }
        guard Self.liesInFile(dataset) else { throw .missing }
        guard H5Tget_class(type.id) == H5T_FLOAT else { throw .wrongType }
        let rank = H5Sget_simple_extent_ndims(space.id)
        guard rank >= 0 else { throw .damaged }
        var dimensions = [hsize_t](repeating: 0, count: Int(rank))
        H5Sget_simple_extent_dims(space.id, &dimensions, nil)
        let shape = dimensions.map { Int(clamping: $0) }
        guard shape == expected else { throw .misshapen(shape) }
        var floats = [Float](repeating: 0, count: shape.reduce(1, *))
        let status = H5Dread(
            dataset.id, headstart_hdf5_native_float(), hid_t(H5S_ALL), hid_t(H5S_ALL), hid_t(H5P_DEFAULT),
            &floats)
        guard status >= 0 else { throw .damaged }
        return floats
    }

    private static func liesInFile(_ dataset: borrowing HDF5Handle) -> Bool {
        guard let properties = HDF5Handle(H5Dget_create_plist(dataset.id), closing: H5Pclose) else {
            return false
        }
        return H5Pget_external_count(properties.id) == 0 && H5Pget_layout(properties.id) != H5D_VIRTUAL
    }
}

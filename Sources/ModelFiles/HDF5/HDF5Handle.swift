import CHDF5

/// A handle of the HDF5 library, which closes itself.
struct HDF5Handle: ~Copyable {
    let id: hid_t
    private let closing: (hid_t) -> herr_t

    /// Takes ownership of a call's result; `nil` if the call failed.
    init?(_ id: hid_t, closing: @escaping (hid_t) -> herr_t) {
        guard id >= 0 else { return nil }
        self.id = id
        self.closing = closing
    }

    deinit { _ = closing(id) }
}

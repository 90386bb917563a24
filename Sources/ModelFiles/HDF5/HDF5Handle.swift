import CHDF5

/// A handle of the HDF5 library, closed when its owner goes away.
struct HDF5Handle: ~Copyable {
    let id: hid_t
    private let closing: (hid_t) -> herr_t

    /// Takes over what a call returned; `nil` if that was a failure.
    init?(_ id: hid_t, closing: @escaping (hid_t) -> herr_t) {
        guard id >= 0 else { return nil }
        self.id = id
        self.closing = closing
    }

    deinit { _ = closing(id) }
}

#include <hdf5.h>

// The library's constants that Swift can't see: macros that first make sure that the library is open, and
// whose values are global variables.

static inline hid_t headstart_hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline unsigned headstart_hdf5_read_only(void) { return H5F_ACC_RDONLY; }

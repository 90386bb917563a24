#include <hdf5.h>

// Constants of the library that Swift can't import: macros that first open the library, with values in global
// variables.

static inline hid_t headstart_hdf5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t headstart_hdf5_little_endian_float(void) { return H5T_IEEE_F32LE; }
static inline hid_t headstart_hdf5_c_text(void) { return H5T_C_S1; }
static inline size_t headstart_hdf5_variable_length(void) { return H5T_VARIABLE; }
static inline hid_t headstart_hdf5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline unsigned headstart_hdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned headstart_hdf5_truncating(void) { return H5F_ACC_TRUNC; }

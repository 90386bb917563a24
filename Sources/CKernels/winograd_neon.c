#include "winograd_functions.h"

#if defined(__aarch64__)
#define VECTOR_FLOATS 4
// 6 tiles x 4 vectors of sums, 4 of weights and 1 for an input's lane use 29 of the 32 registers.
#define MOST_ROWS 6
#define PANEL_VECTORS 4
#define VECTOR_REGISTER "w"
#define FUNCTIONS headstart_winograd_neon
#include "winograd.inc.h"
#endif

#include "winograd_functions.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define VECTOR_FLOATS 16
// 14 tiles x 2 vectors of sums, 2 of weights and 1 of an input use 31 of the 32 registers.
#define MOST_ROWS 14
#define PANEL_VECTORS 2
#define VECTOR_REGISTER "v"
#define FUNCTIONS headstart_winograd_avx512
#include "winograd.inc.h"
#pragma clang attribute pop
#endif

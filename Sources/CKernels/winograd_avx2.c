#include "winograd_functions.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define VECTOR_FLOATS 8
// 6 tiles x 2 vectors of sums, 2 of weights and 1 of an input use 15 of the 16 registers.
#define MOST_ROWS 6
#define PANEL_VECTORS 2
#define VECTOR_REGISTER "x"
#define FUNCTIONS headstart_winograd_avx2
#include "winograd.inc.h"
#pragma clang attribute pop
#endif

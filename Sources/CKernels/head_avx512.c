#pragma STDC FP_CONTRACT OFF
#if defined(__x86_64__)
#include "head_internal.h"

#pragma clang attribute push(__attribute__((target("avx512f,bmi,popcnt"))), apply_to = function)
#define HEAD_KERNELS headstart_head_avx512
enum { VL = 16, BLOCK = 8 };
#include "head_body.inc.h"
#pragma clang attribute pop
#endif

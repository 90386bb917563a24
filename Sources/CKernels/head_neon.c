#pragma STDC FP_CONTRACT OFF
#if defined(__aarch64__)
#include "head_internal.h"

#define HEAD_KERNELS headstart_head_neon
enum { VL = 4, BLOCK = 8 };
#include "head_body.inc.h"
#endif

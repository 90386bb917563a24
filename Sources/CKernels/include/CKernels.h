// The hot loops, in C because they need vectors as wide as the machine's and a say in every rounding.
//
// Each idea has one source, `name.inc.h`, compiled once for each vector width by `name_avx512.c`,
// `name_avx2.c` and `name_neon.c`, and a `name.c` that picks one of them by identifier at run time. All give
// the same bits.
#ifndef HEADSTART_CKERNELS_H
#define HEADSTART_CKERNELS_H

#include "dispatch.h"
#include "head.h"
#include "parallel.h"
#include "winograd.h"

#endif

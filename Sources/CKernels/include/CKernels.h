// The hot loops, in C because they need vectors of the machine's width and control over every rounding.
//
// Each algorithm has one source, `name*.inc.h`, which `name_avx512.c`, `name_avx2.c` and `name_neon.c`
// compile for one vector width each; `name.c` chooses one of them by identifier at run time. All give the
// same bits.
#ifndef HEADSTART_CKERNELS_H
#define HEADSTART_CKERNELS_H

#include "dispatch.h"
#include "head.h"
#include "parallel.h"
#include "winograd.h"

#endif

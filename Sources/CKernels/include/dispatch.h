// Which vector instructions there are, and which of them this machine has.
#ifndef HEADSTART_DISPATCH_H
#define HEADSTART_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

/// The identifiers by which every function here takes its vector instructions.
enum HeadStartKernels {
    HEADSTART_AVX512 = 1,
    HEADSTART_AVX2 = 2,
    HEADSTART_NEON = 3,
};

/// Whether this machine, and its operating system, can run these kernels.
bool headstart_kernels_supported(int32_t kernels);

/// Runs `rounds` rounds of independent fused multiply-adds and nothing else on each of `threads` threads, and
/// returns how many floating-point operations that was; whoever holds the clock divides.
double headstart_peak_operations(int32_t kernels, int32_t threads, int64_t rounds);

#endif

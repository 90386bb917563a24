// The supported vector instructions, and whether this machine has them.
#ifndef HEADSTART_DISPATCH_H
#define HEADSTART_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

/// The values of the parameter `kernels` of every function here.
enum HeadStartKernels {
    HEADSTART_AVX512 = 1,
    HEADSTART_AVX2 = 2,
    HEADSTART_NEON = 3,
};

/// Whether this machine and its operating system can run these kernels.
bool headstart_kernels_supported(int32_t kernels);

/// Runs `rounds` rounds of independent fused multiply-adds on each of `threads` threads, and returns the
/// number of floating-point operations. The caller measures the time.
double headstart_peak_operations(int32_t kernels, int32_t threads, int64_t rounds);

#endif

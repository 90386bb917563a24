// The functions that each vector width provides to `winograd.c`.
#ifndef HEADSTART_WINOGRAD_FUNCTIONS_H
#define HEADSTART_WINOGRAD_FUNCTIONS_H

#include <string.h>

#include "parallel.h"
#include "winograd.h"

typedef struct {
    void (*prepare_kernel)(
        int32_t threads, int32_t inputs, int32_t outputs, const float *kernel, float *prepared);
    size_t (*scratch_count)(int32_t threads, const HeadStartConvolution *layer, int32_t pictures);
    void (*convolve)(
        int32_t threads, const HeadStartConvolution *layer, int32_t pictures, const float *input,
        float *output, float *scratch);
    double (*peak_operations)(int32_t threads, int64_t rounds);
} WinogradFunctions;

extern const WinogradFunctions headstart_winograd_avx512, headstart_winograd_avx2, headstart_winograd_neon;

#endif

#include "winograd_functions.h"

#include "dispatch.h"

static const WinogradFunctions *functions(int32_t kernels) {
    switch (kernels) {
#if defined(__x86_64__)
    case HEADSTART_AVX512: return &headstart_winograd_avx512;
    case HEADSTART_AVX2: return &headstart_winograd_avx2;
#elif defined(__aarch64__)
    case HEADSTART_NEON: return &headstart_winograd_neon;
#endif
    default: __builtin_trap();
    }
}

size_t headstart_prepared_count(int32_t inputs, int32_t outputs) {
    return (size_t)(inputs == 3 ? 9 : 36) * inputs * outputs;
}

void headstart_prepare_kernel(
    int32_t kernels, int32_t threads, int32_t inputs, int32_t outputs, const float *kernel, float *prepared) {
    functions(kernels)->prepare_kernel(threads, inputs, outputs, kernel, prepared);
}

size_t headstart_scratch_count(
    int32_t kernels, int32_t threads, const HeadStartConvolution *layer, int32_t pictures) {
    return functions(kernels)->scratch_count(threads, layer, pictures);
}

void headstart_convolve(
    int32_t kernels, int32_t threads, const HeadStartConvolution *layer, int32_t pictures, const float *input,
    float *output, float *scratch) {
    functions(kernels)->convolve(threads, layer, pictures, input, output, scratch);
}

double headstart_peak_operations(int32_t kernels, int32_t threads, int64_t rounds) {
    return functions(kernels)->peak_operations(threads, rounds);
}

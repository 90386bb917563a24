#include "dispatch.h"

bool headstart_kernels_supported(int32_t kernels) {
    switch (kernels) {
#if defined(__x86_64__)
    case HEADSTART_AVX512: return __builtin_cpu_supports("avx512f");
    case HEADSTART_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#elif defined(__aarch64__)
    case HEADSTART_NEON: return true;
#endif
    default: return false;
    }
}

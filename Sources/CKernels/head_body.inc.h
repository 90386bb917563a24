// The head's loops for one vector width. Included by one small file per width, which defines:
//   HEAD_KERNELS  the table's name
//   VL            floats in a vector
//   BLOCK         the most vectors in a column block of a row
// Vectors run over outputs, never over a sum, so the width changes no result.

typedef float vector __attribute__((vector_size(4 * VL), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))
#define LOAD(p) (*(const vector *)(p))
#define STORE(p, x) (*(vector *)(p) = (x))
#define FMA __builtin_elementwise_fma

INLINE vector splat(float x) { return (vector){0} + x; }

/// The number of vectors in the next column block if `vectors` are left: BLOCK, or the largest power of two
/// that fits.
INLINE int block_width(int vectors) {
    if (vectors >= BLOCK) return BLOCK;
    return vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1;
}

/// Runs CALL(width) with a constant width, so that a block's vectors stay in registers.
#define WITH_WIDTH(width, CALL) \
    switch (width) {            \
        case 8: CALL(8); break; \
        case 4: CALL(4); break; \
        case 2: CALL(2); break; \
        default: CALL(1);       \
    }

/// Loads a vector of which only the first `count` floats are in memory; the others are 0.
INLINE vector load_part(const float *p, int count) {
    float part[VL] = {0};
    memcpy(part, p, (size_t)count * 4);
    return LOAD(part);
}

INLINE void store_part(float *p, int count, vector x) {
    float part[VL];
    STORE(part, x);
    memcpy(p, part, (size_t)count * 4);
}

/// Adam as in Keras, on one vector; returns the new weights.
INLINE vector adam(vector gradient, float *weights, float *first, float *second, vector alpha) {
    vector m = LOAD(first), v = LOAD(second), w = LOAD(weights);
    m = m + (gradient - m) * splat(0.1f);
    v = v + (gradient * gradient - v) * splat(0.001f);
    w = w - m * alpha / (__builtin_elementwise_sqrt(v) + splat(1e-7f));
    STORE(first, m);
    STORE(second, v);
    STORE(weights, w);
    return w;
}

#include "head_slice.inc.h"
#include "head_dense.inc.h"
#include "head_output.inc.h"

const HeadKernels HEAD_KERNELS = {
    pack_delta,
    pass_slice,
    product_slice,
    sum_slices,
    dense_slice,
    update_rows,
    logits,
    output_kernel_gradient,
    hidden_delta,
};

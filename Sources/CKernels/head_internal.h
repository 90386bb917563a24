#ifndef HEADSTART_HEAD_INTERNAL_H
#define HEADSTART_HEAD_INTERNAL_H

#include <stdlib.h>
#include <string.h>

#include "head.h"
#include "parallel.h"

/// The data that all threads read in a pass over the first layer. Each slice writes its own rows and its own
/// part of `partial`.
typedef struct {
    HeadStartHeadMatrix matrix;
    float alpha;
    const HeadStartHeadFactors *now;
    /// The deltas in column blocks; within a block, sample by sample.
    float *packed_delta;
    const HeadStartHeadSample *next;
    int32_t next_count;
    /// The sums of `next`, slice by slice, each in column blocks like the deltas.
    float *partial;
} HeadPass;

typedef struct {
    const float *weights;
    int32_t rows, columns, weight_stride, stride;
    const HeadStartHeadSample *samples;
    int32_t count;
    float *partial;
} HeadProduct;

typedef struct {
    int32_t rows, columns, stride;
    const HeadStartHeadFactors *chunk;
    float *packed_delta;
    float *gradient;
} HeadDense;

typedef struct {
    const HeadStartHeadMatrix *matrix;
    float alpha;
    const float *const *gradients;
    int32_t chunk_count;
} HeadUpdate;

/// The loops of one vector width.
typedef struct {
    void (*pack_delta)(const float *delta, int32_t count, int32_t columns, int32_t stride, float *packed);
    HeadStartBody pass_slice, product_slice;
    void (*sum_slices)(const float *partial, int32_t slices, int32_t count, int32_t columns, int32_t stride,
        int32_t sample, float *sums);
    HeadStartBody dense_slice, update_rows;
    void (*logits)(const HeadStartHeadOutput *layer, float *logits);
    void (*output_kernel_gradient)(
        const HeadStartHeadOutput *layer, const float *logit_delta, float *kernel_gradient);
    void (*hidden_delta)(const HeadStartHeadOutput *layer, const float *logit_delta, float *delta);
} HeadKernels;

extern const HeadKernels headstart_head_avx512, headstart_head_avx2, headstart_head_neon;

enum {
    /// The number of rows that a thread updates at a time.
    HEAD_UPDATE_ROWS = 64,
};

static inline int32_t head_padded(int32_t columns) {
    return (columns + HEADSTART_HEAD_PADDING - 1) / HEADSTART_HEAD_PADDING * HEADSTART_HEAD_PADDING;
}

static inline int32_t head_slices(int32_t rows) {
    return (rows + HEADSTART_HEAD_SLICE - 1) / HEADSTART_HEAD_SLICE;
}

/// Memory for a loop's own lists. Ends the program if there is none.
static inline void *head_allocate(size_t bytes) {
    void *memory = 0;
    if (posix_memalign(&memory, 64, bytes ? bytes : 64)) abort();
    return memory;
}

#endif

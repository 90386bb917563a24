#pragma STDC FP_CONTRACT OFF
#include "dispatch.h"
#include "head_internal.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

float *headstart_head_allocate(int64_t floats) {
    const size_t huge_page = (size_t)2 << 20;
    size_t bytes = (size_t)(floats > 0 ? floats : 1) * 4;
    int is_large = bytes >= huge_page;
    void *memory = 0;
    if (posix_memalign(&memory, is_large ? huge_page : 64, bytes)) abort();
#if defined(__linux__)
    // A pass reads three matrices at once, and with small pages it would constantly miss the TLB. Best
    // effort.
    if (is_large) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
    memset(memory, 0, bytes);
    return memory;
}

void headstart_head_free(float *memory) { free(memory); }

/// The loops for `kernels`. Requesting instructions that this program wasn't compiled for is a programming
/// error.
static const HeadKernels *table(int32_t kernels) {
    switch (kernels) {
#if defined(__x86_64__)
        case HEADSTART_AVX512: return &headstart_head_avx512;
        case HEADSTART_AVX2: return &headstart_head_avx2;
#elif defined(__aarch64__)
        case HEADSTART_NEON: return &headstart_head_neon;
#endif
        default: abort();
    }
}

int64_t headstart_head_scratch(int32_t rows, int32_t columns, int32_t samples_now, int32_t samples_next) {
    return ((int64_t)samples_now + (int64_t)head_slices(rows) * samples_next) * head_padded(columns);
}

/// Adds up the sums of all slices, one sample per block.
typedef struct {
    const HeadKernels *loops;
    const float *partial;
    int32_t slices, count, columns, stride;
    float *sums;
} Summation;

static void sum_block(void *context, int32_t sample, int32_t thread) {
    (void)thread;
    const Summation *all = context;
    all->loops->sum_slices(all->partial, all->slices, all->count, all->columns, all->stride, sample,
        all->sums + (size_t)sample * all->columns);
}

void headstart_head_pass(int32_t kernels, int32_t threads, const HeadStartHeadMatrix *matrix, float alpha,
    const HeadStartHeadFactors *now, const HeadStartHeadSample *next, int32_t next_count,
    float *preactivations, float *scratch) {
    const HeadKernels *loops = table(kernels);
    int32_t slices = head_slices(matrix->rows);
    float *partial = scratch + (size_t)now->sample_count * matrix->stride;
    HeadPass pass = {*matrix, alpha, now, scratch, next, next_count, partial};
    loops->pack_delta(now->delta, now->sample_count, matrix->columns, matrix->stride, scratch);
    headstart_parallel(threads, slices, loops->pass_slice, &pass);
    Summation sums = {loops, partial, slices, next_count, matrix->columns, matrix->stride, preactivations};
    headstart_parallel(threads, next_count, sum_block, &sums);
}

void headstart_head_preactivations(int32_t kernels, int32_t threads, const float *weights, int32_t rows,
    int32_t columns, int32_t weight_stride, const HeadStartHeadSample *samples, int32_t count,
    float *preactivations, float *scratch) {
    const HeadKernels *loops = table(kernels);
    int32_t slices = head_slices(rows), stride = head_padded(columns);
    HeadProduct product = {weights, rows, columns, weight_stride, stride, samples, count, scratch};
    headstart_parallel(threads, slices, loops->product_slice, &product);
    Summation sums = {loops, scratch, slices, count, columns, stride, preactivations};
    headstart_parallel(threads, count, sum_block, &sums);
}

void headstart_head_dense_gradient(int32_t kernels, int32_t threads, int32_t rows, int32_t columns,
    const HeadStartHeadFactors *chunk, float *gradient, float *scratch) {
    const HeadKernels *loops = table(kernels);
    HeadDense dense = {rows, columns, head_padded(columns), chunk, scratch, gradient};
    loops->pack_delta(chunk->delta, chunk->sample_count, columns, dense.stride, scratch);
    headstart_parallel(threads, head_slices(rows), loops->dense_slice, &dense);
}

void headstart_head_update(int32_t kernels, int32_t threads, const HeadStartHeadMatrix *matrix, float alpha,
    const float *const *gradients, int32_t chunk_count) {
    HeadUpdate update = {matrix, alpha, gradients, chunk_count};
    int32_t blocks = (matrix->rows + HEAD_UPDATE_ROWS - 1) / HEAD_UPDATE_ROWS;
    headstart_parallel(threads, blocks, table(kernels)->update_rows, &update);
}

void headstart_head_logits(int32_t kernels, const HeadStartHeadOutput *layer, float *logits) {
    table(kernels)->logits(layer, logits);
}

void headstart_head_output_gradient(
    int32_t kernels, const HeadStartHeadOutput *layer, const float *logit_delta, float *kernel_gradient) {
    table(kernels)->output_kernel_gradient(layer, logit_delta, kernel_gradient);
}

void headstart_head_hidden_delta(
    int32_t kernels, const HeadStartHeadOutput *layer, const float *logit_delta, float *delta) {
    table(kernels)->hidden_delta(layer, logit_delta, delta);
}

/// Several threads read and write three matrices, with negligible computation.
typedef struct {
    const HeadStartHeadMatrix *matrix;
    size_t count;
} Walk;

enum { WALK_FLOATS = 1 << 17 };

static void walk_block(void *context, int32_t block, int32_t thread) {
    (void)thread;
    const Walk *walk = context;
    size_t from = (size_t)block * WALK_FLOATS,
           to = from + WALK_FLOATS < walk->count ? from + WALK_FLOATS : walk->count;
    float *w = walk->matrix->weights, *m = walk->matrix->first_moments, *v = walk->matrix->second_moments;
    for (size_t i = from; i < to; i++) {
        w[i] = w[i] + 1;
        m[i] = m[i] + 1;
        v[i] = v[i] + 1;
    }
}

void headstart_head_walk(int32_t threads, const HeadStartHeadMatrix *matrix) {
    Walk walk = {matrix, (size_t)matrix->rows * matrix->stride};
    headstart_parallel(threads, (int32_t)((walk.count + WALK_FLOATS - 1) / WALK_FLOATS), walk_block, &walk);
}

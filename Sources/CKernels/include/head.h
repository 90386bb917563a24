#ifndef HEADSTART_HEAD_H
#define HEADSTART_HEAD_H

#include <stdint.h>

// The classifier head's hot loops. Every function takes the vector instructions (`kernels`, see dispatch.h)
// and, where it pays off, a number of threads. Neither changes a bit of any result.
//
// Matrices are row-major. A padded matrix has rows of `stride` floats, a multiple of HEADSTART_HEAD_PADDING,
// starts on a 64-byte boundary, and has zeros after its columns.

enum {
    /// The rows of a padded matrix have a multiple of this many floats.
    HEADSTART_HEAD_PADDING = 16,
    /// The number of inputs in one chain of the first layer's sum.
    HEADSTART_HEAD_SLICE = 512,
};

/// One sample's features without their zeros.
typedef struct {
    /// One bit per input, least significant first, in whole words that cover whole slices.
    const uint64_t *mask;
    /// The inputs whose bit is set, in order.
    const float *values;
    /// For each slice, the index of its first value.
    const uint32_t *starts;
} HeadStartHeadSample;

/// A padded matrix of weights with Adam's two moments.
typedef struct {
    float *weights, *first_moments, *second_moments;
    int32_t rows, columns, stride;
} HeadStartHeadMatrix;

/// A step's samples with the factors of their gradient.
typedef struct {
    const HeadStartHeadSample *samples;
    /// samples x columns, not padded.
    const float *delta;
    int32_t sample_count;
    /// For each chunk, the index after its last sample.
    const int32_t *chunk_ends;
    int32_t chunk_count;
} HeadStartHeadFactors;

/// Zeroed memory on a 64-byte boundary; large pieces use huge pages if the system has them. Ends the program
/// if there is no memory. Free it with `headstart_head_free`.
float *headstart_head_allocate(int64_t floats);
void headstart_head_free(float *memory);

/// The number of floats of scratch memory (on a 64-byte boundary) that a pass or a product needs for that
/// many samples.
int64_t headstart_head_scratch(int32_t rows, int32_t columns, int32_t samples_now, int32_t samples_next);

/// One pass over the first layer: the gradient from the factors, Adam with step size `alpha`, and the sums of
/// the `next` samples with the new weights (next_count x columns, before the bias; unchanged if next_count is
/// 0).
void headstart_head_pass(int32_t kernels, int32_t threads, const HeadStartHeadMatrix *matrix, float alpha,
    const HeadStartHeadFactors *now, const HeadStartHeadSample *next, int32_t next_count,
    float *preactivations, float *scratch);

/// The first layer's sums (count x columns, before the bias). Rows of weights are `weight_stride` floats
/// apart.
void headstart_head_preactivations(int32_t kernels, int32_t threads, const float *weights, int32_t rows,
    int32_t columns, int32_t weight_stride, const HeadStartHeadSample *samples, int32_t count,
    float *preactivations, float *scratch);

/// The first layer's gradient of one chunk as a full matrix (rows x columns, unpadded).
void headstart_head_dense_gradient(int32_t kernels, int32_t threads, int32_t rows, int32_t columns,
    const HeadStartHeadFactors *chunk, float *gradient, float *scratch);

/// Adam with the sum of the chunks' gradients, each rows x columns and unpadded.
void headstart_head_update(int32_t kernels, int32_t threads, const HeadStartHeadMatrix *matrix, float alpha,
    const float *const *gradients, int32_t chunk_count);

/// The hidden activations of some samples, and the weights after them. Nothing is padded.
typedef struct {
    /// count x hidden.
    const float *activations;
    /// hidden x classes, and classes.
    const float *kernel, *bias;
    int32_t count, hidden, classes;
} HeadStartHeadOutput;

/// logits (count x classes) = activations x kernel + bias.
void headstart_head_logits(int32_t kernels, const HeadStartHeadOutput *layer, float *logits);

/// The output kernel's gradient (hidden x classes) from the deltas of the logits (count x classes).
void headstart_head_output_gradient(
    int32_t kernels, const HeadStartHeadOutput *layer, const float *logit_delta, float *kernel_gradient);

/// The deltas of the first layer (count x hidden) from those of the logits (count x classes); 0 where the
/// activation is 0.
void headstart_head_hidden_delta(
    int32_t kernels, const HeadStartHeadOutput *layer, const float *logit_delta, float *delta);

/// Reads and writes a matrix and its moments once, almost without computation, to measure the time of a
/// pass's memory access. The values are lost.
void headstart_head_walk(int32_t threads, const HeadStartHeadMatrix *matrix);

#endif

#ifndef HEADSTART_HEAD_H
#define HEADSTART_HEAD_H

#include <stdint.h>

// The classifier head's hot loops. Every function takes the vector instructions (`kernels`, see dispatch.h)
// and, where it is worth it, a number of threads; neither changes a bit of any result.
//
// Matrices are row-major. A padded matrix has rows of `stride` floats, a multiple of HEADSTART_HEAD_PADDING,
// starts on a 64-byte boundary, and holds zeros behind its columns.

enum {
    /// Floats to which the rows of a padded matrix are filled.
    HEADSTART_HEAD_PADDING = 16,
    /// Inputs that one chain of the first layer's sum runs over.
    HEADSTART_HEAD_SLICE = 512,
};

/// One sample's features without their zeros.
typedef struct {
    /// A bit for each input, least significant first; whole words, those of whole slices.
    const uint64_t *mask;
    /// The inputs whose bit is set, in order.
    const float *values;
    /// For each slice, where its values begin.
    const uint32_t *starts;
} HeadStartHeadSample;

/// A padded matrix of weights with Adam's two moments.
typedef struct {
    float *weights, *first_moments, *second_moments;
    int32_t rows, columns, stride;
} HeadStartHeadMatrix;

/// A step's samples with what their gradient is made of.
typedef struct {
    const HeadStartHeadSample *samples;
    /// samples x columns, not padded.
    const float *delta;
    int32_t sample_count;
    /// For each chunk, the index behind its last sample.
    const int32_t *chunk_ends;
    int32_t chunk_count;
} HeadStartHeadFactors;

/// Zeroed memory on a 64-byte boundary, large pieces in huge pages where the system has them. Ends the
/// program when there is none. Freed by `headstart_head_free`.
float *headstart_head_allocate(int64_t floats);
void headstart_head_free(float *memory);

/// Floats of scratch memory (on a 64-byte boundary) that a pass or a product needs for so many samples.
int64_t headstart_head_scratch(int32_t rows, int32_t columns, int32_t samples_now, int32_t samples_next);

/// One pass over the first layer: the gradient from the factors, Adam with step size `alpha`, and with the
/// new weights the sums of the `next` samples (next_count x columns, before the bias; not touched where
/// next_count is 0).
void headstart_head_pass(int32_t kernels, int32_t threads, const HeadStartHeadMatrix *matrix, float alpha,
    const HeadStartHeadFactors *now, const HeadStartHeadSample *next, int32_t next_count,
    float *preactivations, float *scratch);

/// The first layer's sums (count x columns, before the bias); rows of weights are `weight_stride` floats
/// apart.
void headstart_head_preactivations(int32_t kernels, int32_t threads, const float *weights, int32_t rows,
    int32_t columns, int32_t weight_stride, const HeadStartHeadSample *samples, int32_t count,
    float *preactivations, float *scratch);

/// The first layer's gradient of one chunk as a whole matrix (rows x columns, unpadded).
void headstart_head_dense_gradient(int32_t kernels, int32_t threads, int32_t rows, int32_t columns,
    const HeadStartHeadFactors *chunk, float *gradient, float *scratch);

/// Adam with the sum of the chunks' gradients, each rows x columns and unpadded.
void headstart_head_update(int32_t kernels, int32_t threads, const HeadStartHeadMatrix *matrix, float alpha,
    const float *const *gradients, int32_t chunk_count);

/// A chunk's hidden activations and weights behind them. Nothing is padded.
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

/// The deltas of the first layer (count x hidden), which are 0 where the activation is, from those of the
/// logits (count x classes).
void headstart_head_hidden_delta(
    int32_t kernels, const HeadStartHeadOutput *layer, const float *logit_delta, float *delta);

/// Reads and writes a matrix and its moments once and does nothing else of note: the time that memory alone
/// asks for in a pass. The values are lost.
void headstart_head_walk(int32_t threads, const HeadStartHeadMatrix *matrix);

#endif

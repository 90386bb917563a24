// 3 x 3 convolutions with bias and ReLU, and 2 x 2 max pooling if the layer has it: "same" padding, stride 1,
// channels last. Uses Winograd's F(4 x 4, 3 x 3) for many input channels, and the direct form for the
// picture's three channels.
#ifndef HEADSTART_WINOGRAD_H
#define HEADSTART_WINOGRAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One layer. `inputs` is 3, without pooling, or a multiple of 16; `outputs` is a multiple of 32; neither is
/// above 512. `kernel` is the result of `headstart_prepare_kernel` for the same kernels.
typedef struct {
    int32_t inputs;
    int32_t outputs;
    /// Height and width of the input, and of the output before pooling.
    int32_t size;
    bool pools;
    const float *kernel;
    const float *bias;
} HeadStartConvolution;

/// The number of floats of a prepared kernel.
size_t headstart_prepared_count(int32_t inputs, int32_t outputs);

/// Transforms a kernel of shape (3, 3, inputs, outputs) into the form and order in which the layer reads it.
void headstart_prepare_kernel(
    int32_t kernels, int32_t threads, int32_t inputs, int32_t outputs, const float *kernel, float *prepared);

/// The number of floats of scratch memory that `headstart_convolve` needs.
size_t headstart_scratch_count(
    int32_t kernels, int32_t threads, const HeadStartConvolution *layer, int32_t pictures);

/// Input: pictures x size x size x inputs. Output: pictures x s x s x outputs with s = size, or size / 2
/// after pooling. The three areas must not overlap. A picture's result has the same bits for any kernels,
/// number of threads, number of pictures and position among them.
void headstart_convolve(
    int32_t kernels, int32_t threads, const HeadStartConvolution *layer, int32_t pictures, const float *input,
    float *output, float *scratch);

#endif

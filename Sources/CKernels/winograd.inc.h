// Winograd's F(4 x 4, 3 x 3): a tile of 6 x 6 inputs gives 4 x 4 outputs with 36 multiplications per pair of
// channels, where the direct form takes 144. Transform the tile, multiply, transform back:
//
//     Y = At [ (G g Gt) * (Bt d B) ] A
//
// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015), points 0, 1, -1, 2, -2.
//
// A thread takes a block of tiles through all three steps, so that intermediate results stay in its cache.
enum {
    // Output channels whose sums are in registers at the same time.
    PANEL = PANEL_VECTORS * VECTOR_FLOATS,
    // Points of a transformed tile: 6 x 6.
    POINTS = 36,
    MOST_CHANNELS = 512,
    // Floats between rows of scratch memory, so that rows read together don't map to the same cache set.
    ROW_GAP = 16,
};

// How a layer's work is divided, and where its data is.
typedef struct {
    HeadStartConvolution layer;
    const float *input;
    float *output;
    float *scratch;
    // Tiles in a row of a picture, in all pictures, and in a block.
    int32_t side, tiles, block_tiles;
    // Floats from one tile to the next in scratch memory, before and after the product.
    ptrdiff_t input_stride, output_stride;
    size_t thread_scratch;
} Plan;

#include "vectors.inc.h"
#include "winograd_prepare.inc.h"
#include "winograd_product.inc.h"
#include "winograd_tile.inc.h"

static Plan make_plan(int32_t threads, const HeadStartConvolution *layer, int32_t pictures) {
    Plan plan = {.layer = *layer};
    plan.side = (layer->size + 3) / 4;
    plan.tiles = pictures * plan.side * plan.side;
    // By measurement: with few channels a block should fit the L2 cache; with many channels each read of the
    // larger kernel should serve more tiles. The blocks are then evened out in size and spread evenly over
    // the threads.
    int32_t most = 14 * ((layer->inputs + 63) / 64);
    int32_t blocks = (plan.tiles + most - 1) / most;
    blocks = (blocks + threads - 1) / threads * threads;
    plan.block_tiles = (plan.tiles + blocks - 1) / blocks;
    plan.input_stride = layer->inputs + ROW_GAP;
    plan.output_stride = layer->outputs + ROW_GAP;
    plan.thread_scratch = MOST_CHANNELS
        + (size_t)POINTS * plan.block_tiles * (plan.input_stride + plan.output_stride);
    return plan;
}

// The three steps for one block of tiles.
static void convolve_block(void *context, int32_t block, int32_t thread) {
    const Plan *plan = context;
    const ptrdiff_t inputs = plan->layer.inputs, outputs = plan->layer.outputs;
    const int32_t first = block * plan->block_tiles, left = plan->tiles - first;
    const int32_t tiles = left < plan->block_tiles ? left : plan->block_tiles;
    float *bin = plan->scratch + thread * plan->thread_scratch;
    float *transformed = bin + MOST_CHANNELS;
    float *products = transformed + POINTS * plan->block_tiles * plan->input_stride;

    for (int32_t i = 0; i < tiles; i++)
        transform_input_tile(plan, first + i, transformed + i * plan->input_stride);
    for (ptrdiff_t q = 0; q < POINTS; q++) {
        Product product = {
            .inputs = transformed + q * plan->block_tiles * plan->input_stride,
            .row_stride = plan->input_stride,
            .segments = 1,
            .length = plan->layer.inputs,
            .sums_stride = plan->output_stride,
        };
        for (ptrdiff_t k = 0; k < outputs; k += PANEL) {
            product.weights = plan->layer.kernel + (q * outputs + k) * inputs;
            product.sums = products + q * plan->block_tiles * plan->output_stride + k;
            multiply_evenly(product, tiles, multiply_rows);
        }
    }
    for (int32_t i = 0; i < tiles; i++)
        transform_output_tile(plan, first + i, products + i * plan->output_stride, bin);
}

// ---- the first layer, computed directly by rows of pixels, since three channels are too few for tiles

// Floats of a picture's row with a zero pixel at each end.
static size_t padded_row(const HeadStartConvolution *layer) {
    return (size_t)layer->inputs * (layer->size + 2);
}

static void convolve_row(void *context, int32_t row, int32_t thread) {
    // The number of pixels whose outputs stay in the L1 cache until all their channels are computed.
    enum { STRIP = 4 * MOST_ROWS };
    const Plan *plan = context;
    const int32_t size = plan->layer.size, inputs = plan->layer.inputs, outputs = plan->layer.outputs;
    const size_t padded = padded_row(&plan->layer), used = (size_t)inputs * size;
    float *rows = plan->scratch + thread * plan->thread_scratch;
    for (int32_t i = 0; i < 3; i++) {
        int32_t y = row % size + i - 1;
        float *to = rows + i * padded;
        memset(to, 0, padded * sizeof(float));
        if (y >= 0 && y < size) memcpy(to + inputs, plan->input + (row + i - 1) * used, used * sizeof(float));
    }
    // A pixel's inputs are runs of three pixels in each of the three rows; the next pixel's start one pixel
    // later.
    Product product = {
        .row_stride = inputs,
        .segment_stride = padded,
        .segments = 3,
        .length = 3 * inputs,
        .sums_stride = outputs,
    };
    for (int32_t x = 0; x < size; x += STRIP) {
        for (int32_t k = 0; k < outputs; k += PANEL) {
            product.inputs = rows + x * inputs;
            product.weights = plan->layer.kernel + (ptrdiff_t)k * 9 * inputs;
            product.bias = plan->layer.bias + k;
            product.sums = plan->output + ((ptrdiff_t)row * size + x) * outputs + k;
            multiply_evenly(product, size - x < STRIP ? size - x : STRIP, convolve_rows);
        }
    }
}

// ---- the machine's limit

// Independent multiply-adds, on as many sums as a product keeps in registers.
static void peak_body(void *context, int32_t block, int32_t thread) {
    (void)block;
    (void)thread;
    enum { SUMS = MOST_ROWS * PANEL_VECTORS };
    Vector sums[SUMS], factor = splat(0.5f);
    UNROLL for (int i = 0; i < SUMS; i++) sums[i] = splat((float)i);
    for (int64_t round = *(const int64_t *)context; round > 0; round--) {
        UNROLL for (int i = 0; i < SUMS; i++) {
            sums[i] = fused(sums[i], factor, factor);
            // Keeps each sum in a register and prevents optimization.
            __asm__ volatile("" : "+" VECTOR_REGISTER(sums[i]));
        }
    }
}

static double peak_operations(int32_t threads, int64_t rounds) {
    headstart_parallel(threads, threads, peak_body, &rounds);
    return 2.0 * MOST_ROWS * PANEL_VECTORS * VECTOR_FLOATS * (double)rounds * threads;
}

// ---- called by `winograd.c`

static size_t scratch_count(int32_t threads, const HeadStartConvolution *layer, int32_t pictures) {
    if (layer->inputs == 3) return threads * 3 * padded_row(layer);
    return threads * make_plan(threads, layer, pictures).thread_scratch;
}

static void convolve(
    int32_t threads, const HeadStartConvolution *layer, int32_t pictures, const float *input, float *output,
    float *scratch) {
    Plan plan = make_plan(threads, layer, pictures);
    plan.input = input;
    plan.output = output;
    plan.scratch = scratch;
    if (layer->inputs == 3) {
        plan.thread_scratch = 3 * padded_row(layer);
        headstart_parallel(threads, pictures * layer->size, convolve_row, &plan);
    } else {
        int32_t blocks = (plan.tiles + plan.block_tiles - 1) / plan.block_tiles;
        headstart_parallel(threads, blocks, convolve_block, &plan);
    }
}

const WinogradFunctions FUNCTIONS = {prepare_kernel, scratch_count, convolve, peak_operations};

// Winograd's F(4 x 4, 3 x 3): a tile of 6 x 6 inputs gives 4 x 4 outputs by 36 multiplications for each pair of
// channels where the direct way takes 144. Transform the tile, multiply, transform back:
//
//     Y = At [ (G g Gt) * (Bt d B) ] A
//
// Source: Lavin and Gray, "Fast algorithms for convolutional neural networks" (2015), with the points 0, 1, -1, 2, -2.
//
// A thread takes a block of tiles through all three steps, so that what is between them stays in its cache.

enum { POINTS = 36, MOST_CHANNELS = 512 };

// ---- the kernel's transform, once for each network

typedef struct {
    int32_t inputs, outputs;
    const float *kernel;
    float *prepared;
} Preparation;

// G g Gt in double, rounded once. Order: point, panel of outputs, input, output in the panel.
static void prepare_panel(void *context, int32_t panel, int32_t thread) {
    static const double G[6][3] = {
        {1.0 / 4, 0, 0},
        {-1.0 / 6, -1.0 / 6, -1.0 / 6},
        {-1.0 / 6, 1.0 / 6, -1.0 / 6},
        {1.0 / 24, 1.0 / 12, 1.0 / 6},
        {1.0 / 24, -1.0 / 12, 1.0 / 6},
        {0, 0, 1},
    };
    (void)thread;
    const Preparation *p = context;
    const size_t outputs = p->outputs, inputs = p->inputs;
    for (size_t c = 0; c < inputs; c++) {
        double left[6][3][PANEL];
        for (int a = 0; a < 6; a++) {
            for (int x = 0; x < 3; x++) {
                const float *column = p->kernel + (x * inputs + c) * outputs + panel * PANEL;
                const size_t below = 3 * inputs * outputs;
                for (int k = 0; k < PANEL; k++)
                    left[a][x][k] = G[a][0] * column[k] + G[a][1] * column[below + k] + G[a][2] * column[2 * below + k];
            }
        }
        for (int q = 0; q < POINTS; q++) {
            const double *row = G[q % 6];
            double(*const l)[PANEL] = left[q / 6];
            float *to = p->prepared + ((q * outputs + panel * PANEL) * inputs) + c * PANEL;
            for (int k = 0; k < PANEL; k++) to[k] = (float)(row[0] * l[0][k] + row[1] * l[1][k] + row[2] * l[2][k]);
        }
    }
}

// For the direct convolution: panel of outputs, row, column, input, output in the panel.
static void prepare_direct_panel(void *context, int32_t panel, int32_t thread) {
    (void)thread;
    const Preparation *p = context;
    for (int i = 0; i < 9 * p->inputs; i++)
        for (int k = 0; k < PANEL; k++)
            p->prepared[(panel * 9 * p->inputs + i) * PANEL + k] = p->kernel[i * p->outputs + panel * PANEL + k];
}

static void prepare_kernel(
    int32_t threads, int32_t inputs, int32_t outputs, const float *kernel, float *prepared) {
    Preparation p = {inputs, outputs, kernel, prepared};
    headstart_parallel(threads, outputs / PANEL, inputs == 3 ? prepare_direct_panel : prepare_panel, &p);
}

// ---- a layer

// How a layer's work is cut, and where its data lie.
typedef struct {
    HeadStartConvolution layer;
    const float *input;
    float *output;
    float *scratch;
    // Tiles in a row of a picture, in all pictures, and in a block.
    int32_t side, tiles, block_tiles;
    // Floats from one tile to the next in scratch memory.
    ptrdiff_t input_stride, output_stride;
    size_t thread_scratch;
} Plan;

// 64 bytes between rows keep those that are read together out of one set of the cache.
enum { ROW_GAP = 16 };

// Tiles in a block: as many as let the second-level cache hold what is used together.
static int32_t best_block(int32_t inputs) {
    return inputs <= 64 ? 28 : inputs <= 128 ? 56 : inputs <= 256 ? 98 : 196;
}

static Plan make_plan(int32_t threads, const HeadStartConvolution *layer, int32_t pictures) {
    Plan plan = {.layer = *layer};
    plan.side = (layer->size + 3) / 4;
    plan.tiles = pictures * plan.side * plan.side;
    // Blocks of even size, the same number for every thread.
    int32_t most = best_block(layer->inputs);
    int32_t blocks = (plan.tiles + most - 1) / most;
    blocks = (blocks + threads - 1) / threads * threads;
    plan.block_tiles = (plan.tiles + blocks - 1) / blocks;
    plan.input_stride = layer->inputs + ROW_GAP;
    plan.output_stride = layer->outputs + ROW_GAP;
    plan.thread_scratch = (size_t)POINTS * plan.block_tiles * (plan.input_stride + plan.output_stride) + MOST_CHANNELS;
    return plan;
}

// Bt d for one row or column.
INLINE void transform_input(const Vector d[6], Vector o[6]) {
    Vector even = fused(splat(-4), d[2], d[4]), odd = fused(splat(-4), d[1], d[3]);
    Vector even_2 = d[4] - d[2], odd_2 = splat(2) * (d[3] - d[1]);
    o[0] = fused(splat(4), d[0], fused(splat(-5), d[2], d[4]));
    o[1] = even + odd;
    o[2] = even - odd;
    o[3] = even_2 + odd_2;
    o[4] = even_2 - odd_2;
    o[5] = fused(splat(4), d[1], fused(splat(-5), d[3], d[5]));
}

// At m for one row or column.
INLINE void transform_output(const Vector m[6], Vector o[4]) {
    Vector sum = m[1] + m[2], difference = m[1] - m[2], sum_2 = m[3] + m[4], difference_2 = m[3] - m[4];
    o[0] = m[0] + sum + sum_2;
    o[1] = fused(splat(2), difference_2, difference);
    o[2] = fused(splat(4), sum_2, sum);
    o[3] = fused(splat(8), difference_2, difference) + m[5];
}

// Bt d B of one tile, channels by vectors. Pixels outside the picture are read from a row of zeros.
static void transform_input_tile(const Plan *plan, int32_t tile, float *to) {
    static const float zeros[MOST_CHANNELS];
    const int32_t size = plan->layer.size, inputs = plan->layer.inputs, side = plan->side;
    const int32_t top = tile / side % side * 4 - 1, left = tile % side * 4 - 1;
    const float *picture = plan->input + (ptrdiff_t)(tile / (side * side)) * size * size * inputs;
    const float *pixels[6][6];
    for (int a = 0; a < 6; a++) {
        for (int b = 0; b < 6; b++) {
            int32_t y = top + a, x = left + b;
            bool inside = y >= 0 && x >= 0 && y < size && x < size;
            pixels[a][b] = inside ? picture + ((ptrdiff_t)y * size + x) * inputs : zeros;
        }
    }
    const ptrdiff_t point = plan->block_tiles * plan->input_stride;
    for (int32_t c = 0; c < inputs; c += VECTOR_FLOATS) {
        Vector rows[6][6];
        UNROLL for (int a = 0; a < 6; a++) {
            Vector d[6];
            UNROLL for (int b = 0; b < 6; b++) d[b] = load(pixels[a][b] + c);
            transform_input(d, rows[a]);
        }
        UNROLL for (int b = 0; b < 6; b++) {
            Vector d[6], o[6];
            UNROLL for (int a = 0; a < 6; a++) d[a] = rows[a][b];
            transform_input(d, o);
            UNROLL for (int a = 0; a < 6; a++) store(to + (6 * a + b) * point + c, o[a]);
        }
    }
}

// At m A of one tile, then pooling if the layer has it, bias and ReLU. What lies outside the picture goes to `bin`.
static void transform_output_tile(const Plan *plan, int32_t tile, const float *from, float *bin) {
    const HeadStartConvolution *layer = &plan->layer;
    const int32_t side = plan->side, step = layer->pools ? 2 : 4, size = layer->pools ? layer->size / 2 : layer->size;
    const int32_t top = tile / side % side * step, left = tile % side * step, outputs = layer->outputs;
    float *picture = plan->output + (ptrdiff_t)(tile / (side * side)) * size * size * outputs;
    float *pixels[4][4];
    for (int a = 0; a < step; a++) {
        for (int b = 0; b < step; b++) {
            int32_t y = top + a, x = left + b;
            pixels[a][b] = y < size && x < size ? picture + ((ptrdiff_t)y * size + x) * outputs : bin;
        }
    }
    const ptrdiff_t point = plan->block_tiles * plan->output_stride;
    for (int32_t k = 0; k < outputs; k += VECTOR_FLOATS) {
        Vector columns[4][6], o[4][4], bias = load(layer->bias + k);
        UNROLL for (int b = 0; b < 6; b++) {
            Vector m[6], column[4];
            UNROLL for (int a = 0; a < 6; a++) m[a] = load(from + (6 * a + b) * point + k);
            transform_output(m, column);
            UNROLL for (int a = 0; a < 4; a++) columns[a][b] = column[a];
        }
        UNROLL for (int a = 0; a < 4; a++) transform_output(columns[a], o[a]);
        if (layer->pools) {
            UNROLL for (int a = 0; a < 2; a++) {
                UNROLL for (int b = 0; b < 2; b++) {
                    Vector upper = larger(o[2 * a][2 * b], o[2 * a][2 * b + 1]);
                    Vector lower = larger(o[2 * a + 1][2 * b], o[2 * a + 1][2 * b + 1]);
                    store(pixels[a][b] + k, positive_part(larger(upper, lower) + bias));
                }
            }
        } else {
            UNROLL for (int a = 0; a < 4; a++) {
                UNROLL for (int b = 0; b < 4; b++) store(pixels[a][b] + k, positive_part(o[a][b] + bias));
            }
        }
    }
}

static void convolve_block(void *context, int32_t block, int32_t thread) {
    const Plan *plan = context;
    const ptrdiff_t inputs = plan->layer.inputs, outputs = plan->layer.outputs;
    const int32_t first = block * plan->block_tiles, left = plan->tiles - first;
    const int32_t tiles = left < plan->block_tiles ? left : plan->block_tiles;
    float *bin = plan->scratch + thread * plan->thread_scratch;
    float *transformed = bin + MOST_CHANNELS;
    float *products = transformed + POINTS * plan->block_tiles * plan->input_stride;

    for (int32_t i = 0; i < tiles; i++) transform_input_tile(plan, first + i, transformed + i * plan->input_stride);
    for (int q = 0; q < POINTS; q++) {
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
    for (int32_t i = 0; i < tiles; i++) transform_output_tile(plan, first + i, products + i * plan->output_stride, bin);
}

// ---- the first layer: direct, a row of pixels at a time

// Three rows of the picture and a pixel of zeros at each end.
static size_t padded_row(const Plan *plan) { return (size_t)plan->layer.inputs * (plan->layer.size + 2); }

static void convolve_row(void *context, int32_t row, int32_t thread) {
    const Plan *plan = context;
    const int32_t size = plan->layer.size, inputs = plan->layer.inputs, outputs = plan->layer.outputs;
    const size_t padded = padded_row(plan), used = (size_t)inputs * size;
    float *rows = plan->scratch + thread * plan->thread_scratch;
    for (int32_t i = 0; i < 3; i++) {
        int32_t y = row % size + i - 1;
        float *to = rows + i * padded;
        memset(to, 0, padded * sizeof(float));
        if (y >= 0 && y < size) memcpy(to + inputs, plan->input + (row + i - 1) * used, used * sizeof(float));
    }
    // A pixel's inputs are the three rows' runs of three pixels, and the next pixel's begin one pixel further.
    Product product = {
        .inputs = rows,
        .row_stride = inputs,
        .segment_stride = padded,
        .segments = 3,
        .length = 3 * inputs,
        .sums_stride = outputs,
    };
    for (int32_t k = 0; k < outputs; k += PANEL) {
        product.weights = plan->layer.kernel + (ptrdiff_t)k * 9 * inputs;
        product.bias = plan->layer.bias + k;
        product.sums = plan->output + (ptrdiff_t)row * size * outputs + k;
        multiply_evenly(product, size, convolve_rows);
    }
}

// ---- what the dispatcher calls

static size_t scratch_count(int32_t threads, const HeadStartConvolution *layer, int32_t pictures) {
    Plan plan = make_plan(threads, layer, pictures);
    return threads * (layer->inputs == 3 ? 3 * padded_row(&plan) : plan.thread_scratch);
}

static void convolve(
    int32_t threads, const HeadStartConvolution *layer, int32_t pictures, const float *input, float *output,
    float *scratch) {
    Plan plan = make_plan(threads, layer, pictures);
    plan.input = input;
    plan.output = output;
    plan.scratch = scratch;
    if (layer->inputs == 3) {
        plan.thread_scratch = 3 * padded_row(&plan);
        headstart_parallel(threads, pictures * layer->size, convolve_row, &plan);
    } else {
        int32_t blocks = (plan.tiles + plan.block_tiles - 1) / plan.block_tiles;
        headstart_parallel(threads, blocks, convolve_block, &plan);
    }
}

// ---- the machine's limit

// Multiply-adds that wait for nothing: as many sums as the product keeps in registers.
static void peak_body(void *context, int32_t block, int32_t thread) {
    (void)block;
    (void)thread;
    enum { SUMS = MOST_ROWS * PANEL_VECTORS };
    Vector sums[SUMS], factor = splat(0.5f);
    UNROLL for (int i = 0; i < SUMS; i++) sums[i] = splat((float)i);
    for (int64_t round = *(const int64_t *)context; round > 0; round--) {
        UNROLL for (int i = 0; i < SUMS; i++) {
            sums[i] = fused(sums[i], factor, factor);
            // Keeps each sum in a register and the compiler from seeing through it.
            __asm__ volatile("" : "+" VECTOR_REGISTER(sums[i]));
        }
    }
}

static double peak_operations(int32_t threads, int64_t rounds) {
    headstart_parallel(threads, threads, peak_body, &rounds);
    return 2.0 * MOST_ROWS * PANEL_VECTORS * VECTOR_FLOATS * (double)rounds * threads;
}

const WinogradFunctions FUNCTIONS = {prepare_kernel, scratch_count, convolve, peak_operations};

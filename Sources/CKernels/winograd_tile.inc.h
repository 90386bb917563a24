// Transforms one tile into Winograd's form and back, vectorized over channels.

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

// Bt d B of one tile, vectorized over channels. Pixels outside the picture are read from a row of zeros.
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
            UNROLL for (int b = 0; b < 6; b++) {
                d[b] = load(pixels[a][b] + c);
                // Prefetches the next tile, to the right.
                if (b >= 2) __builtin_prefetch(pixels[a][b] + c + 4 * inputs);
            }
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

// At m A of one tile, then pooling if the layer has it, bias and ReLU. Values outside the picture are written
// to `bin`.
static void transform_output_tile(const Plan *plan, int32_t tile, const float *from, float *bin) {
    const HeadStartConvolution *layer = &plan->layer;
    const int32_t side = plan->side, step = layer->pools ? 2 : 4;
    const int32_t size = layer->pools ? layer->size / 2 : layer->size;
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

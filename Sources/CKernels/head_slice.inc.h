// Slices of 512 inputs of the first layer: the gradient from factors, Adam, and the sums of the next samples.

enum {
    /// The number of rows processed at a time: half a word of the masks, so that the new weights of a column
    /// block stay in the L1 cache for all samples.
    ROWS = 32,
};

/// One non-zero input: its value, and the index of its sample in a column block of deltas.
typedef struct {
    uint32_t sample;
    float value;
} Entry;

/// The non-zero inputs of some rows, row by row; within a row, sample by sample.
typedef struct {
    /// ROWS x samples.
    Entry *entries;
    /// ROWS x chunks: the index after each chunk's last entry in its row.
    uint32_t *ends;
    /// For each sample, the number of its values before the current rows.
    uint32_t *cursors;
} Entries;

/// The bits of ROWS inputs from `row` on.
INLINE uint32_t row_bits(const HeadStartHeadSample *sample, int32_t row) {
    return (uint32_t)(sample->mask[row >> 6] >> (row & 63));
}

static void start_cursors(const HeadStartHeadSample *samples, int32_t count, int slice, uint32_t *cursors) {
    for (int32_t b = 0; b < count; b++) cursors[b] = samples[b].starts[slice];
}

/// Sorts the inputs of ROWS rows by row; masks and values are stored by sample.
static void list_entries(const HeadStartHeadFactors *now, int32_t row, const Entries *lists) {
    uint32_t counts[ROWS] = {0};
    int32_t b = 0;
    for (int32_t c = 0; c < now->chunk_count; c++) {
        for (; b < now->chunk_ends[c]; b++) {
            const float *value = now->samples[b].values + lists->cursors[b];
            uint32_t bits = row_bits(&now->samples[b], row);
            lists->cursors[b] += (uint32_t)__builtin_popcount(bits);
            for (; bits; bits &= bits - 1) {
                int r = __builtin_ctz(bits);
                lists->entries[(size_t)r * now->sample_count + counts[r]++] = (Entry){(uint32_t)b, *value++};
            }
        }
        for (int r = 0; r < ROWS; r++) lists->ends[(size_t)r * now->chunk_count + c] = counts[r];
    }
}

/// One row's gradient in `width` vectors: a chain from +0 over each chunk's samples, then the chunks added to
/// +0 in order. A chunk without non-zero inputs is skipped: its sum is +0, and the total is never -0, so
/// adding it would change nothing.
INLINE void row_gradient(const int width, const Entry *entries, const uint32_t *ends, int32_t chunks,
    const float *delta, vector *total) {
    for (int k = 0; k < width; k++) total[k] = splat(0);
    uint32_t a = 0;
    for (int32_t c = 0; c < chunks; c++) {
        if (a == ends[c]) continue;
        vector chunk[BLOCK];
        for (int k = 0; k < width; k++) chunk[k] = splat(0);
        do {
            const float *d = delta + (size_t)entries[a].sample * width * VL;
            vector x = splat(entries[a].value);
            for (int k = 0; k < width; k++) chunk[k] = FMA(x, LOAD(d + k * VL), chunk[k]);
        } while (++a < ends[c]);
        for (int k = 0; k < width; k++) total[k] = total[k] + chunk[k];
    }
}

/// Adds the products of ROWS rows of a column block to every sample's sums. The rows start at `rows`, with
/// `width` vectors each.
INLINE void add_products(const int width, const HeadStartHeadSample *samples, int32_t count, int32_t row,
    int first, const uint32_t *cursors, const float *rows, float *sums) {
    for (int32_t b = 0; b < count; b++, sums += width * VL) {
        uint32_t bits = row_bits(&samples[b], row);
        vector sum[BLOCK];
        for (int k = 0; k < width; k++) sum[k] = first ? splat(0) : LOAD(sums + k * VL);
        const float *value = samples[b].values + cursors[b];
        for (; bits; bits &= bits - 1) {
            const float *w = rows + (size_t)__builtin_ctz(bits) * width * VL;
            vector x = splat(*value++);
            for (int k = 0; k < width; k++) sum[k] = FMA(x, LOAD(w + k * VL), sum[k]);
        }
        for (int k = 0; k < width; k++) STORE(sums + k * VL, sum[k]);
    }
}

static void advance_cursors(
    const HeadStartHeadSample *samples, int32_t count, int32_t row, uint32_t *cursors) {
    for (int32_t b = 0; b < count; b++)
        cursors[b] += (uint32_t)__builtin_popcount(row_bits(&samples[b], row));
}

static void pack_delta(const float *delta, int32_t count, int32_t columns, int32_t stride, float *packed) {
    for (int32_t j = 0, width; j < stride; j += width) {
        width = block_width((stride - j) / VL) * VL;
        int32_t present = columns - j < width ? columns - j : width;
        for (int32_t b = 0; b < count; b++, packed += width) {
            memset(packed, 0, (size_t)width * 4);
            if (present > 0) memcpy(packed, delta + (size_t)b * columns + j, (size_t)present * 4);
        }
    }
}

/// Gradient and Adam for one row of a column block that starts at column `j`; copies the new weights to
/// `fresh`.
INLINE void update_row(const int width, const HeadPass *pass, const Entries *lists, int32_t row, int32_t r,
    int32_t j, float *fresh) {
    const HeadStartHeadMatrix *matrix = &pass->matrix;
    const HeadStartHeadFactors *now = pass->now;
    vector gradient[BLOCK];
    size_t at = (size_t)(row + r) * matrix->stride + j;
    row_gradient(width, lists->entries + (size_t)r * now->sample_count,
        lists->ends + (size_t)r * now->chunk_count, now->chunk_count,
        pass->packed_delta + (size_t)j * now->sample_count, gradient);
    for (int k = 0; k < width * VL; k += VL) {
        vector w = adam(gradient[k / VL], matrix->weights + at + k, matrix->first_moments + at + k,
            matrix->second_moments + at + k, splat(pass->alpha));
        STORE(fresh + k, w);
    }
}

static void pass_slice(void *context, int32_t slice, int32_t thread) {
    (void)thread;
    const HeadPass *pass = context;
    const HeadStartHeadFactors *now = pass->now;
    int32_t stride = pass->matrix.stride, first = slice * HEADSTART_HEAD_SLICE,
            end = first + HEADSTART_HEAD_SLICE;
    if (end > pass->matrix.rows) end = pass->matrix.rows;
    // The new weights of ROWS rows, by column block.
    float *fresh = head_allocate((size_t)ROWS * stride * 4);
    Entries lists = {
        head_allocate((size_t)ROWS * now->sample_count * sizeof(Entry)),
        head_allocate((size_t)ROWS * now->chunk_count * sizeof(uint32_t)),
        head_allocate((size_t)now->sample_count * sizeof(uint32_t)),
    };
    uint32_t *cursors = head_allocate((size_t)pass->next_count * sizeof(uint32_t));
    start_cursors(now->samples, now->sample_count, slice, lists.cursors);
    start_cursors(pass->next, pass->next_count, slice, cursors);
    float *partial = pass->partial + (size_t)slice * pass->next_count * stride;
    for (int32_t row = first; row < end; row += ROWS) {
        int32_t rows = end - row < ROWS ? end - row : ROWS;
        list_entries(now, row, &lists);
        // Row by row, in memory order: going by column block takes 2.6 times as long.
        for (int32_t r = 0; r < rows; r++)
            for (int32_t j = 0, width; j < stride; j += width * VL) {
                width = block_width((stride - j) / VL);
#define UPDATE(W) update_row(W, pass, &lists, row, r, j, fresh + (size_t)ROWS * j + r * W * VL)
                WITH_WIDTH(width, UPDATE)
            }
        for (int32_t j = 0, width; j < stride; j += width * VL) {
            width = block_width((stride - j) / VL);
#define ADD_FRESH(W) \
    add_products(W, pass->next, pass->next_count, row, row == first, cursors, fresh + (size_t)ROWS * j, \
        partial + (size_t)j * pass->next_count)
            WITH_WIDTH(width, ADD_FRESH)
        }
        advance_cursors(pass->next, pass->next_count, row, cursors);
    }
    free(fresh);
    free(lists.entries);
    free(lists.ends);
    free(lists.cursors);
    free(cursors);
}

static void product_slice(void *context, int32_t slice, int32_t thread) {
    (void)thread;
    const HeadProduct *product = context;
    int32_t stride = product->stride, first = slice * HEADSTART_HEAD_SLICE,
            end = first + HEADSTART_HEAD_SLICE;
    if (end > product->rows) end = product->rows;
    float packed[ROWS * BLOCK * VL] __attribute__((aligned(64)));
    uint32_t *cursors = head_allocate((size_t)product->count * sizeof(uint32_t));
    start_cursors(product->samples, product->count, slice, cursors);
    float *partial = product->partial + (size_t)slice * product->count * stride;
    for (int32_t row = first; row < end; row += ROWS) {
        int32_t rows = end - row < ROWS ? end - row : ROWS;
        for (int32_t j = 0, width; j < stride; j += width * VL) {
            width = block_width((stride - j) / VL);
            const float *weights = product->weights + (size_t)row * product->weight_stride + j;
            int32_t present = product->columns - j < width * VL ? product->columns - j : width * VL;
            for (int32_t r = 0; r < rows; r++, weights += product->weight_stride) {
                float *target = packed + (size_t)r * width * VL;
                int32_t k = 0;
                for (; k + VL <= present; k += VL) STORE(target + k, LOAD(weights + k));
                for (; k < width * VL; k += VL)
                    STORE(target + k, present > k ? load_part(weights + k, present - k) : splat(0));
            }
#define ADD_PACKED(W)                                                                            \
    add_products(W, product->samples, product->count, row, row == first, cursors, packed, \
        partial + (size_t)j * product->count)
            WITH_WIDTH(width, ADD_PACKED)
        }
        advance_cursors(product->samples, product->count, row, cursors);
    }
    free(cursors);
}

/// Adds up one sample's slices in order.
static void sum_slices(const float *partial, int32_t slices, int32_t count, int32_t columns, int32_t stride,
    int32_t sample, float *sums) {
    for (int32_t j = 0, width; j < columns; j += width) {
        width = block_width((stride - j) / VL) * VL;
        for (int32_t k = 0; k < width && j + k < columns; k += VL) {
            const float *p = partial + (size_t)j * count + (size_t)sample * width + k;
            vector sum = LOAD(p);
            for (int32_t s = 1; s < slices; s++) sum = sum + LOAD(p + (size_t)s * count * stride);
            if (j + k + VL <= columns) STORE(sums + j + k, sum);
            else store_part(sums + j + k, columns - j - k, sum);
        }
    }
}

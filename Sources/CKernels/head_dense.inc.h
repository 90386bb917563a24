// The dense form of the first layer's gradient, and Adam from ready gradients. Both are bound by memory.

static void dense_slice(void *context, int32_t slice, int32_t thread) {
    (void)thread;
    const HeadDense *dense = context;
    const HeadStartHeadFactors *chunk = dense->chunk;
    int32_t first = slice * HEADSTART_HEAD_SLICE, end = first + HEADSTART_HEAD_SLICE;
    if (end > dense->rows) end = dense->rows;
    Entries lists = {
        head_allocate((size_t)ROWS * chunk->sample_count * sizeof(Entry)),
        head_allocate((size_t)ROWS * chunk->chunk_count * sizeof(uint32_t)),
        head_allocate((size_t)chunk->sample_count * sizeof(uint32_t)),
    };
    start_cursors(chunk->samples, chunk->sample_count, slice, lists.cursors);
    for (int32_t row = first; row < end; row += ROWS) {
        int32_t rows = end - row < ROWS ? end - row : ROWS;
        list_entries(chunk, row, &lists);
        for (int32_t r = 0; r < rows; r++)
            for (int32_t j = 0, width; j < dense->columns; j += width * VL) {
                width = block_width((dense->stride - j) / VL);
                float *target = dense->gradient + (size_t)(row + r) * dense->columns + j;
                vector gradient[BLOCK];
#define GRADIENT(W)                                                        \
    row_gradient(W, lists.entries + (size_t)r * chunk->sample_count,       \
        lists.ends + (size_t)r * chunk->chunk_count, chunk->chunk_count,   \
        dense->packed_delta + (size_t)j * chunk->sample_count, gradient);  \
    for (int k = 0; k < W; k++) {                                          \
        int32_t left = dense->columns - j - k * VL;                        \
        if (left >= VL) STORE(target + k * VL, gradient[k]);               \
        else if (left > 0) store_part(target + k * VL, left, gradient[k]); \
    }
                WITH_WIDTH(width, GRADIENT)
            }
    }
    free(lists.entries);
    free(lists.ends);
    free(lists.cursors);
}

static void update_rows(void *context, int32_t block, int32_t thread) {
    (void)thread;
    const HeadUpdate *update = context;
    const HeadStartHeadMatrix *matrix = update->matrix;
    int32_t columns = matrix->columns, first = block * HEAD_UPDATE_ROWS, end = first + HEAD_UPDATE_ROWS;
    if (end > matrix->rows) end = matrix->rows;
    vector alpha = splat(update->alpha);
    for (int32_t row = first; row < end; row++)
        for (int32_t j = 0; j < columns; j += VL) {
            size_t from = (size_t)row * columns + j, to = (size_t)row * matrix->stride + j;
            vector gradient = splat(0);
            for (int32_t c = 0; c < update->chunk_count; c++) {
                const float *p = update->gradients[c] + from;
                gradient = gradient + (j + VL <= columns ? LOAD(p) : load_part(p, columns - j));
            }
            adam(gradient, matrix->weights + to, matrix->first_moments + to, matrix->second_moments + to,
                alpha);
        }
}

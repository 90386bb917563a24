// The only inner loop: rows of inputs times a panel of weights, with all sums in registers.
//
// Every sum is a single chain of fused multiply-adds over its inputs in order. Vectors run over the output
// channels, so neither their width nor the number of rows processed together affects the result.

// One product. A row's inputs are `segments` runs of `length` floats; the weights are in order of use, PANEL
// for each input.
typedef struct {
    const float *inputs;
    ptrdiff_t row_stride, segment_stride;
    int32_t segments, length;
    const float *weights;
    const float *bias;
    float *sums;
    ptrdiff_t sums_stride;
} Product;

// `rows` and `is_layer` are constants wherever this is inlined. With `is_layer` the chains begin at the bias
// and end in ReLU; without, they begin at zero.
INLINE void multiply(const int rows, const bool is_layer, const Product *p) {
    Vector sums[MOST_ROWS][PANEL_VECTORS];
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int j = 0; j < PANEL_VECTORS; j++)
            sums[r][j] = is_layer ? load(p->bias + j * VECTOR_FLOATS) : splat(0);
    }
    const ptrdiff_t row_stride = p->row_stride;
    const float *weights = p->weights;
    for (int32_t s = 0; s < p->segments; s++) {
        const float *inputs = p->inputs + s * p->segment_stride;
        for (int32_t i = 0; i < p->length; i++, weights += PANEL) {
            Vector w[PANEL_VECTORS];
            UNROLL for (int j = 0; j < PANEL_VECTORS; j++) w[j] = load(weights + j * VECTOR_FLOATS);
            UNROLL for (int r = 0; r < rows; r++) {
                Vector x = splat(inputs[r * row_stride + i]);
                UNROLL for (int j = 0; j < PANEL_VECTORS; j++) sums[r][j] = fused(x, w[j], sums[r][j]);
            }
        }
    }
    UNROLL for (int r = 0; r < rows; r++) {
        UNROLL for (int j = 0; j < PANEL_VECTORS; j++)
            store(
                p->sums + r * p->sums_stride + j * VECTOR_FLOATS,
                is_layer ? positive_part(sums[r][j]) : sums[r][j]);
    }
}

// One function per number of rows, so that a remainder costs only its own rows.
#define MULTIPLY(rows) \
    static void multiply_##rows(const Product *p) { multiply(rows, false, p); } \
    static void convolve_##rows(const Product *p) { multiply(rows, true, p); }
MULTIPLY(1) MULTIPLY(2) MULTIPLY(3) MULTIPLY(4) MULTIPLY(5) MULTIPLY(6)
#if MOST_ROWS == 14
MULTIPLY(7) MULTIPLY(8) MULTIPLY(9) MULTIPLY(10) MULTIPLY(11) MULTIPLY(12) MULTIPLY(13) MULTIPLY(14)
#endif

typedef void (*Multiply)(const Product *);
#if MOST_ROWS == 14
#define FOR_EACH_COUNT_OF_ROWS(name) \
    {0, name##_1, name##_2, name##_3, name##_4, name##_5, name##_6, name##_7, \
     name##_8, name##_9, name##_10, name##_11, name##_12, name##_13, name##_14}
#else
#define FOR_EACH_COUNT_OF_ROWS(name) {0, name##_1, name##_2, name##_3, name##_4, name##_5, name##_6}
#endif
static const Multiply multiply_rows[MOST_ROWS + 1] = FOR_EACH_COUNT_OF_ROWS(multiply);
static const Multiply convolve_rows[MOST_ROWS + 1] = FOR_EACH_COUNT_OF_ROWS(convolve);

// Runs a product of any number of rows in parts of nearly equal size: 16 rows as 8 and 8, not as 14 and 2.
static void multiply_evenly(Product product, int32_t rows, const Multiply function[MOST_ROWS + 1]) {
    const float *inputs = product.inputs;
    float *sums = product.sums;
    int32_t parts = (rows + MOST_ROWS - 1) / MOST_ROWS;
    for (int32_t part = 0; part < parts; part++) {
        int32_t first = rows * part / parts, end = rows * (part + 1) / parts;
        product.inputs = inputs + first * product.row_stride;
        product.sums = sums + first * product.sums_stride;
        function[end - first](&product);
    }
}

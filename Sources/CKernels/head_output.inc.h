// The output layer: small, except with thousands of classes.

enum {
    /// The number of samples processed at a time, one per lane or register; the maximum size of a chunk.
    GROUP = 8,
    /// The number of rows of the output kernel whose chains over the classes run in parallel, to hide their
    /// latency.
    CHAINS = 8,
};

typedef float lanes __attribute__((vector_size(4 * GROUP), aligned(4), may_alias));

/// Logits of up to GROUP samples for one vector of classes. The kernel's rows are `step` floats apart.
INLINE void class_logits(const HeadStartHeadOutput *layer, const float *activations, int32_t samples,
    const float *kernel, size_t step, vector bias, vector *sums) {
    for (int s = 0; s < GROUP; s++) sums[s] = splat(0);
    for (int32_t h = 0; h < layer->hidden; h++, kernel += step, activations += GROUP) {
        vector w = LOAD(kernel);
        for (int s = 0; s < GROUP; s++) sums[s] = FMA(splat(activations[s]), w, sums[s]);
    }
    for (int32_t s = 0; s < samples; s++) sums[s] = sums[s] + bias;
}

/// Transposes the rows of up to GROUP samples: length x GROUP, with zeros for missing samples.
static void transpose(const float *rows, int32_t samples, int32_t length, float *turned) {
    for (int32_t i = 0; i < length; i++)
        for (int32_t s = 0; s < GROUP; s++)
            turned[(size_t)i * GROUP + s] = s < samples ? rows[(size_t)s * length + i] : 0;
}

static void logits(const HeadStartHeadOutput *layer, float *results) {
    int32_t hidden = layer->hidden, classes = layer->classes, whole = classes / VL * VL;
    float *turned = head_allocate((size_t)hidden * GROUP * 4), *rest = head_allocate((size_t)hidden * VL * 4);
    if (whole < classes)
        for (int32_t h = 0; h < hidden; h++)
            STORE(rest + (size_t)h * VL,
                load_part(layer->kernel + (size_t)h * classes + whole, classes - whole));
    for (int32_t b = 0; b < layer->count; b += GROUP) {
        int32_t samples = layer->count - b < GROUP ? layer->count - b : GROUP;
        float *target = results + (size_t)b * classes;
        vector sums[GROUP];
        transpose(layer->activations + (size_t)b * hidden, samples, hidden, turned);
        for (int32_t c = 0; c < whole; c += VL) {
            class_logits(
                layer, turned, samples, layer->kernel + c, (size_t)classes, LOAD(layer->bias + c), sums);
            for (int32_t s = 0; s < samples; s++) STORE(target + (size_t)s * classes + c, sums[s]);
        }
        if (whole < classes) {
            int32_t left = classes - whole;
            class_logits(layer, turned, samples, rest, VL, load_part(layer->bias + whole, left), sums);
            for (int32_t s = 0; s < samples; s++)
                store_part(target + (size_t)s * classes + whole, left, sums[s]);
        }
    }
    free(turned);
    free(rest);
}

static void output_kernel_gradient(
    const HeadStartHeadOutput *layer, const float *logit_delta, float *kernel_gradient) {
    int32_t classes = layer->classes;
    for (int32_t h = 0; h < layer->hidden; h++)
        for (int32_t c = 0; c < classes; c += VL) {
            int32_t left = classes - c;
            vector sum = splat(0);
            for (int32_t s = 0; s < layer->count; s++) {
                const float *p = logit_delta + (size_t)s * classes + c;
                vector x = splat(layer->activations[(size_t)s * layer->hidden + h]);
                sum = FMA(x, left >= VL ? LOAD(p) : load_part(p, left), sum);
            }
            float *target = kernel_gradient + (size_t)h * classes + c;
            if (left >= VL) STORE(target, sum);
            else store_part(target, left, sum);
        }
}

/// The deltas of the first layer: one chain over the classes for each sample (a lane) and hidden unit.
static void hidden_delta(const HeadStartHeadOutput *layer, const float *logit_delta, float *delta) {
    int32_t hidden = layer->hidden, classes = layer->classes;
    float *turned = head_allocate((size_t)classes * GROUP * 4);
    for (int32_t b = 0; b < layer->count; b += GROUP) {
        int32_t samples = layer->count - b < GROUP ? layer->count - b : GROUP;
        transpose(logit_delta + (size_t)b * classes, samples, classes, turned);
        for (int32_t h = 0; h < hidden; h += CHAINS) {
            int32_t units = hidden - h < CHAINS ? hidden - h : CHAINS;
            const float *kernel[CHAINS];
            lanes sums[CHAINS];
            // Chains after the last unit repeat it, so that the loop has a fixed size.
            for (int32_t i = 0; i < CHAINS; i++) {
                kernel[i] = layer->kernel + (size_t)(h + (i < units ? i : units - 1)) * classes;
                sums[i] = (lanes){0};
            }
            for (int32_t c = 0; c < classes; c++) {
                lanes d = *(const lanes *)(turned + (size_t)c * GROUP);
                for (int32_t i = 0; i < CHAINS; i++) sums[i] = FMA((lanes){0} + kernel[i][c], d, sums[i]);
            }
            for (int32_t i = 0; i < units; i++)
                for (int32_t s = 0; s < samples; s++) {
                    size_t at = (size_t)(b + s) * hidden + h + i;
                    delta[at] = layer->activations[at] > 0 ? sums[i][s] : 0;
                }
        }
    }
    free(turned);
}

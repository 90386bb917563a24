// The transform of the kernel, done once per network.

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
        for (int x = 0; x < 3; x++) {
            const float *top = p->kernel + (x * inputs + c) * outputs + panel * PANEL;
            const float *middle = top + 3 * inputs * outputs, *bottom = middle + 3 * inputs * outputs;
            for (int a = 0; a < 6; a++)
                for (int k = 0; k < PANEL; k++)
                    left[a][x][k] = G[a][0] * top[k] + G[a][1] * middle[k] + G[a][2] * bottom[k];
        }
        for (int q = 0; q < POINTS; q++) {
            const double *g = G[q % 6];
            double(*const l)[PANEL] = left[q / 6];
            float *to = p->prepared + ((q * outputs + panel * PANEL) * inputs) + c * PANEL;
            for (int k = 0; k < PANEL; k++)
                to[k] = (float)(g[0] * l[0][k] + g[1] * l[1][k] + g[2] * l[2][k]);
        }
    }
}

// For the direct convolution: panel of outputs, row, column, input, output in the panel.
static void prepare_direct_panel(void *context, int32_t panel, int32_t thread) {
    (void)thread;
    const Preparation *p = context;
    const int32_t count = 9 * p->inputs;
    for (int32_t i = 0; i < count; i++) {
        const float *from = p->kernel + i * p->outputs + panel * PANEL;
        memcpy(p->prepared + (panel * count + i) * PANEL, from, PANEL * sizeof(float));
    }
}

static void prepare_kernel(
    int32_t threads, int32_t inputs, int32_t outputs, const float *kernel, float *prepared) {
    Preparation p = {inputs, outputs, kernel, prepared};
    headstart_parallel(threads, outputs / PANEL, inputs == 3 ? prepare_direct_panel : prepare_panel, &p);
}

#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(png_structp codec, png_const_charp text) {
    (void)text;
    png_longjmp(codec, 1);
}

static void ignore_warning(png_structp codec, png_const_charp text) {
    (void)codec;
    (void)text;
}

struct output {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
};

static void append(png_structp codec, png_bytep source, size_t count) {
    struct output *output = png_get_io_ptr(codec);
    if (count > output->capacity - output->count) {
        size_t capacity = 2 * (output->capacity + count);
        uint8_t *grown = realloc(output->bytes, capacity);
        if (grown == NULL) png_error(codec, "no memory");
        output->bytes = grown;
        output->capacity = capacity;
    }
    memcpy(output->bytes + output->count, source, count);
    output->count += count;
}

static void flush(png_structp codec) { (void)codec; }

// A separate function, so that no variable changes between setjmp and longjmp.
static int encode(png_structp encoder, png_infop info, const uint8_t *pixels, int32_t width, int32_t height) {
    if (setjmp(png_jmpbuf(encoder))) return 0;
    png_set_IHDR(
        encoder, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(encoder, 6);
    png_write_info(encoder, info);
    for (int32_t row = 0; row < height; row++) {
        png_write_row(encoder, pixels + 3 * (size_t)row * (size_t)width);
    }
    png_write_end(encoder, info);
    return 1;
}

uint8_t *headstart_png_encode(const uint8_t *pixels, int32_t width, int32_t height, size_t *count) {
    struct output output = {NULL, 0, 0};
    png_structp encoder = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore_warning);
    png_infop info = encoder == NULL ? NULL : png_create_info_struct(encoder);
    int done = 0;
    if (info != NULL) {
        png_set_write_fn(encoder, &output, append, flush);
        done = encode(encoder, info, pixels, width, height);
    }
    png_destroy_write_struct(&encoder, &info);
    if (!done) {
        free(output.bytes);
        return NULL;
    }
    *count = output.count;
    return output.bytes;
}

void headstart_png_free(uint8_t *bytes) { free(bytes); }

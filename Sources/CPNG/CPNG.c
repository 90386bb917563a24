#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The largest chunk besides the pixels' that is kept in memory, and how many: generous for a palette, too
// small to harm.
enum { CHUNK_BYTES_LIMIT = 1 << 16, CHUNK_COUNT_LIMIT = 4 };

struct headstart_png_reader {
    png_structp decoder;
    png_infop info;
    const uint8_t *bytes;
    size_t count;
    size_t offset;
    int ended_early;
    char message[160];
};

static void fail(png_structp codec, png_const_charp text) {
    headstart_png_reader *reader = png_get_error_ptr(codec);
    if (reader != NULL) snprintf(reader->message, sizeof reader->message, "%s", text);
    png_longjmp(codec, 1);
}

static void ignore_warning(png_structp codec, png_const_charp text) {
    (void)codec;
    (void)text;
}

static void read_bytes(png_structp codec, png_bytep target, size_t count) {
    headstart_png_reader *reader = png_get_io_ptr(codec);
    if (count > reader->count - reader->offset) {
        reader->ended_early = 1;
        png_error(codec, "the file ends early");
    }
    memcpy(target, reader->bytes + reader->offset, count);
    reader->offset += count;
}

headstart_png_reader *headstart_png_open(const uint8_t *bytes, size_t count) {
    headstart_png_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->bytes = bytes;
    reader->count = count;
    reader->decoder = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, fail, ignore_warning);
    if (reader->decoder != NULL) reader->info = png_create_info_struct(reader->decoder);
    if (reader->info == NULL) {
        headstart_png_close(reader);
        return NULL;
    }
    png_set_read_fn(reader->decoder, reader, read_bytes);
    png_set_chunk_malloc_max(reader->decoder, CHUNK_BYTES_LIMIT);
    png_set_chunk_cache_max(reader->decoder, CHUNK_COUNT_LIMIT);
    // The caller has checked the sums that count; those of the pixels' chunks Pillow doesn't check either.
    png_set_crc_action(reader->decoder, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    return reader;
}

int headstart_png_read_header(
    headstart_png_reader *reader, uint32_t width_limit, uint32_t height_limit, headstart_png_header *header) {
    if (setjmp(png_jmpbuf(reader->decoder))) return 0;
    png_set_user_limits(reader->decoder, width_limit, height_limit);
    png_read_info(reader->decoder, reader->info);
    header->width = (int32_t)png_get_image_width(reader->decoder, reader->info);
    header->height = (int32_t)png_get_image_height(reader->decoder, reader->info);
    header->bits = png_get_bit_depth(reader->decoder, reader->info);
    header->color_type = png_get_color_type(reader->decoder, reader->info);
    png_colorp palette = NULL;
    int entries = 0;
    if (header->color_type == HEADSTART_PNG_PALETTE) {
        png_get_PLTE(reader->decoder, reader->info, &palette, &entries);
    }
    header->palette_count = entries;
    for (int entry = 0; entry < entries; entry++) {
        header->palette[3 * entry] = palette[entry].red;
        header->palette[3 * entry + 1] = palette[entry].green;
        header->palette[3 * entry + 2] = palette[entry].blue;
    }
    png_set_interlace_handling(reader->decoder);
    png_read_update_info(reader->decoder, reader->info);
    header->row_bytes = png_get_rowbytes(reader->decoder, reader->info);
    return 1;
}

// Whether the last row is behind: libpng then reads on to the end of the compressed data, which Pillow
// doesn't ask for.
static int has_every_row(const headstart_png_reader *reader, const headstart_png_header *header) {
    if (png_get_interlace_type(reader->decoder, reader->info) == PNG_INTERLACE_ADAM7) {
        return png_get_current_pass_number(reader->decoder) == PNG_INTERLACE_ADAM7_PASSES;
    }
    return png_get_current_row_number(reader->decoder) == (png_uint_32)header->height;
}

int headstart_png_read_rows(headstart_png_reader *reader, const headstart_png_header *header, uint8_t *rows) {
    if (setjmp(png_jmpbuf(reader->decoder))) return has_every_row(reader, header);
    int is_interlaced = png_get_interlace_type(reader->decoder, reader->info) == PNG_INTERLACE_ADAM7;
    int passes = is_interlaced ? PNG_INTERLACE_ADAM7_PASSES : 1;
    for (int pass = 0; pass < passes; pass++) {
        for (int32_t row = 0; row < header->height; row++) {
            png_read_row(reader->decoder, rows + (size_t)row * header->row_bytes, NULL);
        }
    }
    return 1;
}

const char *headstart_png_message(const headstart_png_reader *reader) { return reader->message; }

int headstart_png_ended_early(const headstart_png_reader *reader) { return reader->ended_early; }

void headstart_png_close(headstart_png_reader *reader) {
    png_destroy_read_struct(&reader->decoder, &reader->info, NULL);
    free(reader);
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

// Apart from its caller so that no variable changes between setjmp and a jump.
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

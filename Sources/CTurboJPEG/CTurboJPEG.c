#include "CTurboJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

// A progressive file may repeat scans without end, each costing a pass over the whole picture.
// libjpeg-turbo's own fuzzer stops at this number; encoders write about ten.
enum { SCAN_LIMIT = 500 };

// Coefficients of the largest picture admitted (100 million pixels, 4 channels, 2 bytes) fit; a forged table
// doesn't.
enum { MEMORY_LIMIT = 1 << 30 };

struct headstart_jpeg_reader {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    uint8_t *line;
    char message[JMSG_LENGTH_MAX];
};

static headstart_jpeg_reader *owner(j_common_ptr codec) { return codec->client_data; }

static void fail(j_common_ptr codec) {
    codec->err->format_message(codec, owner(codec)->message);
    longjmp(owner(codec)->failed, 1);
}

static void ignore_message(j_common_ptr codec) { (void)codec; }

static void ignore_source(j_decompress_ptr decoder) { (void)decoder; }

// No more bytes: libjpeg suspends, and the caller sees a truncated file. As Pillow's source does, rather than
// the usual one, which invents an end marker and a grey rest.
static boolean suspend(j_decompress_ptr decoder) {
    (void)decoder;
    return FALSE;
}

static void skip(j_decompress_ptr decoder, long count) {
    struct jpeg_source_mgr *source = decoder->src;
    if (count <= 0) return;
    if ((size_t)count > source->bytes_in_buffer) count = (long)source->bytes_in_buffer;
    source->next_input_byte += count;
    source->bytes_in_buffer -= (size_t)count;
}

static void bound_scans(j_common_ptr codec) {
    if (((j_decompress_ptr)codec)->input_scan_number > SCAN_LIMIT) {
        snprintf(owner(codec)->message, JMSG_LENGTH_MAX, "more than %d scans", SCAN_LIMIT);
        longjmp(owner(codec)->failed, 1);
    }
}

headstart_jpeg_reader *headstart_jpeg_open(const uint8_t *bytes, size_t count) {
    headstart_jpeg_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->decoder.err = jpeg_std_error(&reader->errors);
    reader->errors.error_exit = fail;
    reader->errors.output_message = ignore_message;
    reader->decoder.client_data = reader;
    if (setjmp(reader->failed)) {
        headstart_jpeg_close(reader);
        return NULL;
    }
    jpeg_create_decompress(&reader->decoder);
    reader->decoder.mem->max_memory_to_use = MEMORY_LIMIT;
    reader->source.init_source = ignore_source;
    reader->source.fill_input_buffer = suspend;
    reader->source.skip_input_data = skip;
    reader->source.resync_to_restart = jpeg_resync_to_restart;
    reader->source.term_source = ignore_source;
    reader->source.next_input_byte = bytes;
    reader->source.bytes_in_buffer = count;
    reader->decoder.src = &reader->source;
    reader->progress.progress_monitor = bound_scans;
    reader->decoder.progress = &reader->progress;
    return reader;
}

headstart_jpeg_status headstart_jpeg_read_header(
    headstart_jpeg_reader *reader, int32_t *width, int32_t *height) {
    struct jpeg_decompress_struct *decoder = &reader->decoder;
    if (setjmp(reader->failed)) return HEADSTART_JPEG_DAMAGED;
    int state;
    do {
        state = jpeg_read_header(decoder, FALSE);
    } while (state == JPEG_HEADER_TABLES_ONLY);
    if (state == JPEG_SUSPENDED) return HEADSTART_JPEG_TRUNCATED;
    *width = (int32_t)decoder->image_width;
    *height = (int32_t)decoder->image_height;
    if (decoder->num_components != 1 && decoder->num_components != 3 && decoder->num_components != 4) {
        snprintf(reader->message, sizeof reader->message, "%d channels", decoder->num_components);
        return HEADSTART_JPEG_UNSUPPORTED;
    }
    decoder->out_color_space = decoder->num_components == 4 ? JCS_CMYK : JCS_RGB;
    return HEADSTART_JPEG_DONE;
}

// a x b / 255, rounded, as Pillow's MULDIV255.
static int product(int a, int b) {
    int scaled = a * b + 128;
    return ((scaled >> 8) + scaled) >> 8;
}

// Adobe stores CMYK inverted, and Pillow takes every four-channel file for Adobe's.
static void write_inverted_cmyk(uint8_t *pixel, const uint8_t *inks) {
    int light = inks[3];
    for (int channel = 0; channel < 3; channel++) {
        pixel[channel] = (uint8_t)(light - product(255 - inks[channel], light));
    }
}

static void write_line(
    const headstart_jpeg_reader *reader, const int32_t *columns, int32_t column_count, uint8_t *pixels) {
    const uint8_t *line = reader->line;
    if (reader->decoder.out_color_space == JCS_CMYK) {
        for (int32_t x = 0; x < column_count; x++) {
            write_inverted_cmyk(pixels + 3 * (size_t)x, line + 4 * (size_t)(columns ? columns[x] : x));
        }
    } else if (columns == NULL) {
        memcpy(pixels, line, 3 * (size_t)column_count);
    } else {
        for (int32_t x = 0; x < column_count; x++) {
            memcpy(pixels + 3 * (size_t)x, line + 3 * (size_t)columns[x], 3);
        }
    }
}

headstart_jpeg_status headstart_jpeg_read_pixels(
    headstart_jpeg_reader *reader, const int32_t *rows, int32_t row_count, const int32_t *columns,
    int32_t column_count, uint8_t *pixels) {
    struct jpeg_decompress_struct *decoder = &reader->decoder;
    if (setjmp(reader->failed)) return HEADSTART_JPEG_DAMAGED;
    if (!jpeg_start_decompress(decoder)) return HEADSTART_JPEG_TRUNCATED;
    if (rows == NULL) row_count = (int32_t)decoder->output_height;
    if (columns == NULL) column_count = (int32_t)decoder->output_width;
    reader->line = malloc((size_t)decoder->output_width * 4);
    if (reader->line == NULL) return HEADSTART_JPEG_DAMAGED;
    // Every row is read, also those that no output row takes: damage after the last row wanted must show all
    // the same.
    int32_t next = 0;
    while (decoder->output_scanline < decoder->output_height) {
        int32_t row = (int32_t)decoder->output_scanline;
        if (jpeg_read_scanlines(decoder, &reader->line, 1) != 1) return HEADSTART_JPEG_TRUNCATED;
        for (; next < row_count && (rows == NULL ? next : rows[next]) == row; next++) {
            write_line(reader, columns, column_count, pixels + 3 * (size_t)next * (size_t)column_count);
        }
    }
    return HEADSTART_JPEG_DONE;
}

const char *headstart_jpeg_message(const headstart_jpeg_reader *reader) { return reader->message; }

void headstart_jpeg_close(headstart_jpeg_reader *reader) {
    jpeg_destroy_decompress(&reader->decoder);
    free(reader->line);
    free(reader);
}

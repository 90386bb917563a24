#include "CTurboJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
// Must follow jpeglib.h; defines the error codes.
#include <jerror.h>

// A progressive file may repeat scans endlessly, each of which costs a pass over the whole picture.
// libjpeg-turbo's own fuzzer stops at this number; encoders write about ten.
enum { SCAN_LIMIT = 500 };

// Pillow passes a file to libjpeg in pieces of this size. It matters only at the end, where the bytes after
// the last row are examined up to the end of the piece.
enum { PIECE_BYTES = 1 << 16 };

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)

struct headstart_jpeg_reader {
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    const uint8_t *bytes;
    size_t count;
    size_t offset;  // the number of bytes passed to the source
    int is_ending;  // the last row has been read, and no more pieces are passed
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

// Passes the next piece. If there is none, libjpeg suspends, and the caller reports a truncated file.
// Pillow's source does the same, whereas the usual one invents an end marker and a grey remainder.
static boolean fill(j_decompress_ptr decoder) {
    headstart_jpeg_reader *reader = owner((j_common_ptr)decoder);
    size_t left = reader->count - reader->offset;
    if (left == 0 || reader->is_ending) return FALSE;
    reader->source.next_input_byte = reader->bytes + reader->offset;
    reader->source.bytes_in_buffer = left < PIECE_BYTES ? left : PIECE_BYTES;
    reader->offset += reader->source.bytes_in_buffer;
    return TRUE;
}

static void skip(j_decompress_ptr decoder, long count) {
    struct jpeg_source_mgr *source = decoder->src;
    while (count > (long)source->bytes_in_buffer) {
        count -= (long)source->bytes_in_buffer;
        source->next_input_byte += source->bytes_in_buffer;
        source->bytes_in_buffer = 0;
        if (!fill(decoder)) return;
    }
    if (count <= 0) return;
    source->next_input_byte += count;
    source->bytes_in_buffer -= (size_t)count;
}

// The status for an error that left libjpeg by longjmp.
static headstart_jpeg_status failure(const headstart_jpeg_reader *reader) {
    switch (reader->errors.msg_code) {
    case JERR_OUT_OF_MEMORY: return HEADSTART_JPEG_NO_MEMORY;
    case JERR_SOF_UNSUPPORTED:
    case JERR_NOT_COMPILED:
    case JERR_BAD_PRECISION: return HEADSTART_JPEG_TOO_NEW;
    case JERR_NO_BACKING_STORE: return HEADSTART_JPEG_UNSUPPORTED;
    default: return HEADSTART_JPEG_DAMAGED;
    }
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
    reader->source.init_source = ignore_source;
    reader->source.fill_input_buffer = fill;
    reader->source.skip_input_data = skip;
    reader->source.resync_to_restart = jpeg_resync_to_restart;
    reader->source.term_source = ignore_source;
    reader->bytes = bytes;
    reader->count = count;
    reader->decoder.src = &reader->source;
    reader->progress.progress_monitor = bound_scans;
    reader->decoder.progress = &reader->progress;
    return reader;
}

headstart_jpeg_status headstart_jpeg_read_header(
    headstart_jpeg_reader *reader, int32_t *width, int32_t *height) {
    struct jpeg_decompress_struct *decoder = &reader->decoder;
    if (setjmp(reader->failed)) return failure(reader);
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

// Whether a progressive file lacks scans, so that libjpeg estimates the missing data from neighbouring
// blocks. Version 3 estimates differently from 2.1, so an old version's result is not what Pillow shows.
static int guesses_missing_scans(const struct jpeg_decompress_struct *decoder) {
    if (headstart_jpeg_is_current()) return 0;
    // The number of a block's coefficients, in zigzag order, that the estimate uses.
    enum { LOOKED_AT = 10 };
    if (!decoder->progressive_mode || decoder->coef_bits == NULL) return 0;
    int is_useful = 0;
    for (int channel = 0; channel < decoder->num_components; channel++) {
        const int *missing_bits = decoder->coef_bits[channel];
        if (missing_bits[0] < 0) return 0;
        for (int coefficient = 1; coefficient < LOOKED_AT; coefficient++) {
            if (missing_bits[coefficient] != 0) is_useful = 1;
        }
    }
    return is_useful;
}

// Whether a marker is one of SOF0 to SOF15; three other markers have numbers in this range.
static int begins_frame(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

// a x b / 255, rounded, as in Pillow's MULDIV255.
static int product(int a, int b) {
    int scaled = a * b + 128;
    return ((scaled >> 8) + scaled) >> 8;
}

// Adobe stores CMYK inverted, and Pillow treats every four-channel file as Adobe's.
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
    if (setjmp(reader->failed)) return failure(reader);
    // The coefficients of a progressive file: 4 channels of 2 bytes, the sides rounded up to whole blocks. A
    // forged table would take more.
    decoder->mem->max_memory_to_use =
        8 * ((long)decoder->image_width + 64) * ((long)decoder->image_height + 64) + (1 << 24);
    if (!jpeg_start_decompress(decoder)) return HEADSTART_JPEG_TRUNCATED;
    if (guesses_missing_scans(decoder)) {
        snprintf(reader->message, sizeof reader->message, "a progressive file that lacks scans");
        return HEADSTART_JPEG_TOO_NEW;
    }
    if (rows == NULL) row_count = (int32_t)decoder->output_height;
    if (columns == NULL) column_count = (int32_t)decoder->output_width;
    reader->line = malloc((size_t)decoder->output_width * 4);
    if (reader->line == NULL) return HEADSTART_JPEG_NO_MEMORY;
    // Every row is read, even those that no output row uses, because damage after the last wanted row must be
    // detected too.
    int32_t next = 0;
    while (decoder->output_scanline < decoder->output_height) {
        int32_t row = (int32_t)decoder->output_scanline;
        if (jpeg_read_scanlines(decoder, &reader->line, 1) != 1) return HEADSTART_JPEG_TRUNCATED;
        for (; next < row_count && (rows == NULL ? next : rows[next]) == row; next++) {
            write_line(reader, columns, column_count, pixels + 3 * (size_t)next * (size_t)column_count);
        }
    }
    // Pillow rejects an error in the data after the last row, but not its absence.
    reader->is_ending = 1;
    if (jpeg_finish_decompress(decoder) || !begins_frame(decoder->unread_marker)) return HEADSTART_JPEG_DONE;
    // A truncated frame header is an error in libjpeg-turbo 3, which doesn't wait for the rest.
    snprintf(reader->message, sizeof reader->message, "a second frame header");
    return HEADSTART_JPEG_DAMAGED;
}

const char *headstart_jpeg_message(const headstart_jpeg_reader *reader) { return reader->message; }

int headstart_jpeg_is_current(void) { return LIBJPEG_TURBO_VERSION_NUMBER >= 3000000; }

const char *headstart_jpeg_version(void) { return "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION); }

void headstart_jpeg_close(headstart_jpeg_reader *reader) {
    jpeg_destroy_decompress(&reader->decoder);
    free(reader->line);
    free(reader);
}

// PNG through libpng. Swift can't call libpng itself: its errors leave by longjmp, which must not cross a
// Swift frame.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

// libpng's own numbers for the kinds of pixel.
enum {
    HEADSTART_PNG_GRAY = 0,
    HEADSTART_PNG_RGB = 2,
    HEADSTART_PNG_PALETTE = 3,
    HEADSTART_PNG_GRAY_ALPHA = 4,
    HEADSTART_PNG_RGB_ALPHA = 6,
};

typedef struct {
    int32_t width, height;
    int32_t bits;        // per channel: 1, 2, 4, 8 or 16
    int32_t color_type;  // HEADSTART_PNG_...
    size_t row_bytes;
    uint8_t palette[768];  // red, green, blue of each entry
    int32_t palette_count;
} headstart_png_header;

typedef struct headstart_png_reader headstart_png_reader;

// A reader over bytes that must outlive it; NULL without memory.
headstart_png_reader *headstart_png_open(const uint8_t *bytes, size_t count);

// Reads up to the first pixels; refuses a picture wider or higher than said. 1 for success.
int headstart_png_read_header(
    headstart_png_reader *reader, uint32_t width_limit, uint32_t height_limit, headstart_png_header *header);

// Writes height x row_bytes bytes: the pixels as the file holds them, interlacing undone. 1 for success.
int headstart_png_read_rows(headstart_png_reader *reader, const headstart_png_header *header, uint8_t *rows);

// libpng's words for what went wrong last; empty if nothing did.
const char *headstart_png_message(const headstart_png_reader *reader);

// Whether what went wrong last was that the bytes ended.
int headstart_png_ended_early(const headstart_png_reader *reader);

void headstart_png_close(headstart_png_reader *reader);

// Writes 8-bit RGB as a PNG into memory that headstart_png_free takes; NULL without memory. The bytes depend
// on the pixels (and on the library's version) only.
uint8_t *headstart_png_encode(const uint8_t *pixels, int32_t width, int32_t height, size_t *count);

void headstart_png_free(uint8_t *bytes);

#endif

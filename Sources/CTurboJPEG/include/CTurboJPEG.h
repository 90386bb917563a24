// Reads JPEG through libjpeg-turbo. Swift can't call libjpeg itself: libjpeg reports errors by longjmp, which
// must not cross a Swift frame, and its structures are set up by macros. Every longjmp here ends inside the
// called function.
#ifndef CTURBOJPEG_H
#define CTURBOJPEG_H

#include <stddef.h>
#include <stdint.h>

// The result of a call. For results other than HEADSTART_JPEG_DONE the reader's message has the reason.
typedef enum {
    HEADSTART_JPEG_DONE = 0,
    HEADSTART_JPEG_DAMAGED = 1,
    HEADSTART_JPEG_TRUNCATED = 2,
    HEADSTART_JPEG_UNSUPPORTED = 3,
    HEADSTART_JPEG_TOO_NEW = 4,    // a later libjpeg-turbo may read the file
    HEADSTART_JPEG_NO_MEMORY = 5,  // the machine's fault, not the file's
} headstart_jpeg_status;

typedef struct headstart_jpeg_reader headstart_jpeg_reader;

// Makes a reader of bytes that must outlive it; NULL without memory.
headstart_jpeg_reader *headstart_jpeg_open(const uint8_t *bytes, size_t count);

// Reads up to the first scan. Allocates nothing that grows with the picture.
headstart_jpeg_status headstart_jpeg_read_header(
    headstart_jpeg_reader *reader, int32_t *width, int32_t *height);

// Writes the RGB pixels at the given source rows and columns (both non-descending), row by row. NULL for both
// takes every pixel.
headstart_jpeg_status headstart_jpeg_read_pixels(
    headstart_jpeg_reader *reader, const int32_t *rows, int32_t row_count, const int32_t *columns,
    int32_t column_count, uint8_t *pixels);

// libjpeg's message about the last error; empty if there was none.
const char *headstart_jpeg_message(const headstart_jpeg_reader *reader);

// The library's name and the version it was built against.
const char *headstart_jpeg_version(void);

// Whether this is version 3 or later, which Pillow uses.
int headstart_jpeg_is_current(void);

void headstart_jpeg_close(headstart_jpeg_reader *reader);

#endif

// Reads the first picture of a TIFF file through libtiff. The shim is needed because libtiff passes tags as
// variadic arguments and reads bytes through callbacks.
#ifndef CTIFF_H
#define CTIFF_H

#include <stddef.h>
#include <stdint.h>

enum { HEADSTART_TIFF_EXTRA_LIMIT = 8 };

// The tags that determine the meaning of the samples, with the numbers of the TIFF specification.
typedef struct {
    uint32_t width, height;
    uint16_t bits, samples, sample_format, photometric;
    uint16_t planar_configuration, compression, fill_order;
    uint16_t extra_count, extras[HEADSTART_TIFF_EXTRA_LIMIT];
    uint16_t subsampling_x, subsampling_y;
    int32_t is_big_endian;
    // Strips are blocks as wide as the picture. If planes are separate, block and row sizes are those of one
    // plane.
    uint32_t block_width, block_height;
    size_t block_bytes, block_row_bytes;
    uint8_t palette[768];  // red, green, blue of each entry
    int32_t palette_count;
} headstart_tiff_header;

typedef struct headstart_tiff_reader headstart_tiff_reader;

// Makes a reader of bytes that must outlive it; NULL without memory. A single allocation by libtiff may take
// up to allocation_limit bytes.
headstart_tiff_reader *headstart_tiff_open(const uint8_t *bytes, size_t count, size_t allocation_limit);

// Reads the first directory. Returns 1 on success.
int headstart_tiff_read_header(headstart_tiff_reader *reader, headstart_tiff_header *header);

// Decodes one strip or tile, numbered as in the file. Samples of more than one byte are in this machine's
// byte order. Returns 1 on success.
int headstart_tiff_read_block(headstart_tiff_reader *reader, uint32_t index, uint8_t *block, size_t count);

// Decodes the whole picture to width x height pixels of red, green, blue, alpha, with libtiff's own colour
// conversion. Returns 1 on success.
int headstart_tiff_read_rgba(headstart_tiff_reader *reader, uint32_t width, uint32_t height, uint8_t *pixels);

// libtiff's message about the first error; empty if there was none.
const char *headstart_tiff_message(const headstart_tiff_reader *reader);

// Whether libtiff tried to read past the end.
int headstart_tiff_ended_early(const headstart_tiff_reader *reader);

void headstart_tiff_close(headstart_tiff_reader *reader);

#endif

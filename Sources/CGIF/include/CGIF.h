// The first frame of a GIF through giflib. Behind a shim, because giflib reads through a callback on its own
// structure.
#ifndef CGIF_H
#define CGIF_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint8_t entries[768];  // red, green, blue of each
    int32_t count;         // 0 if there is none
} headstart_gif_palette;

typedef struct {
    int32_t screen_width, screen_height;
    int32_t left, top, width, height;  // the frame on the screen
    int32_t transparent;               // the index that stands for no colour; -1 if there is none
    headstart_gif_palette local;       // the frame's own
    headstart_gif_palette global;      // the file's
} headstart_gif_frame;

typedef struct headstart_gif_reader headstart_gif_reader;

// A reader over bytes that must outlive it; NULL if they aren't a GIF or without memory.
headstart_gif_reader *headstart_gif_open(const uint8_t *bytes, size_t count);

// Reads up to the first frame's pixels. 1 for success.
int headstart_gif_read_frame(headstart_gif_reader *reader, headstart_gif_frame *frame);

// Writes width x height indices, interlacing undone. 1 for success.
int headstart_gif_read_indices(headstart_gif_reader *reader, uint8_t *indices);

// giflib's words for what went wrong last.
const char *headstart_gif_message(const headstart_gif_reader *reader);

// Whether the bytes ended before the reader was done.
int headstart_gif_ended_early(const headstart_gif_reader *reader);

void headstart_gif_close(headstart_gif_reader *reader);

#endif

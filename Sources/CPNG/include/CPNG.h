// Writing PNG through libpng. Swift can't call libpng itself: its errors leave by longjmp, which must not
// cross a Swift frame.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

// Writes 8-bit RGB as a PNG into memory that headstart_png_free takes; NULL without memory. The bytes depend
// on the pixels (and on the library's version) only.
uint8_t *headstart_png_encode(const uint8_t *pixels, int32_t width, int32_t height, size_t *count);

void headstart_png_free(uint8_t *bytes);

#endif

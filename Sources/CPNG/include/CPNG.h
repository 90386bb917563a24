// Writes PNG through libpng. Swift can't call libpng itself: libpng reports errors by longjmp, which must not
// cross a Swift frame.
#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

// Writes 8-bit RGB as a PNG into memory to be freed by headstart_png_free; NULL without memory. The bytes
// depend only on the pixels and the library's version.
uint8_t *headstart_png_encode(const uint8_t *pixels, int32_t width, int32_t height, size_t *count);

void headstart_png_free(uint8_t *bytes);

#endif

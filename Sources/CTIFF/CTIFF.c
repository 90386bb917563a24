#include "CTIFF.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tiffio.h>

struct headstart_tiff_reader {
    TIFF *file;
    const uint8_t *bytes;
    size_t count;
    size_t allocation_limit;
    uint64_t offset;
    int ended_early;
    char message[160];
};

static tmsize_t read_bytes(thandle_t handle, void *target, tmsize_t wanted) {
    headstart_tiff_reader *reader = handle;
    if (wanted < 0) return 0;
    size_t left = reader->offset < reader->count ? reader->count - (size_t)reader->offset : 0;
    size_t taken = (size_t)wanted < left ? (size_t)wanted : left;
    if (taken < (size_t)wanted) reader->ended_early = 1;
    if (taken > 0) memcpy(target, reader->bytes + reader->offset, taken);
    reader->offset += taken;
    return (tmsize_t)taken;
}

static tmsize_t write_nothing(thandle_t handle, void *source, tmsize_t count) {
    (void)handle;
    (void)source;
    (void)count;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int origin) {
    headstart_tiff_reader *reader = handle;
    if (origin == SEEK_SET) reader->offset = offset;
    if (origin == SEEK_CUR) reader->offset += offset;
    if (origin == SEEK_END) reader->offset = reader->count + offset;
    return reader->offset;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size(thandle_t handle) { return ((headstart_tiff_reader *)handle)->count; }

// The return value keeps libtiff from calling its process-wide handlers, which would print.
static int keep_message(TIFF *file, void *user, const char *module, const char *format, va_list arguments) {
    (void)file;
    (void)module;
    headstart_tiff_reader *reader = user;
    if (reader->message[0] == 0) vsnprintf(reader->message, sizeof reader->message, format, arguments);
    return 1;
}

static int ignore_warning(TIFF *file, void *user, const char *module, const char *format, va_list arguments) {
    (void)file;
    (void)user;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

headstart_tiff_reader *headstart_tiff_open(const uint8_t *bytes, size_t count, size_t allocation_limit) {
    headstart_tiff_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->bytes = bytes;
    reader->count = count;
    reader->allocation_limit = allocation_limit;
    return reader;
}

static TIFF *open_file(headstart_tiff_reader *reader) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options == NULL) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)reader->allocation_limit);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_message, reader);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, reader);
    // "m": no memory mapping, so that every read goes through read_bytes.
    TIFF *file = TIFFClientOpenExt(
        "picture", "rm", reader, read_bytes, write_nothing, seek, close_nothing, size, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return file;
}

static void read_palette(TIFF *file, headstart_tiff_header *header) {
    uint16_t *red, *green, *blue;
    header->palette_count = 0;
    if (header->bits > 8 || !TIFFGetField(file, TIFFTAG_COLORMAP, &red, &green, &blue)) return;
    header->palette_count = 1 << header->bits;
    for (int32_t entry = 0; entry < header->palette_count; entry++) {
        header->palette[3 * entry] = (uint8_t)(red[entry] >> 8);
        header->palette[3 * entry + 1] = (uint8_t)(green[entry] >> 8);
        header->palette[3 * entry + 2] = (uint8_t)(blue[entry] >> 8);
    }
}

static void read_blocks(TIFF *file, headstart_tiff_header *header) {
    if (TIFFIsTiled(file)) {
        TIFFGetField(file, TIFFTAG_TILEWIDTH, &header->block_width);
        TIFFGetField(file, TIFFTAG_TILELENGTH, &header->block_height);
        header->block_bytes = (size_t)TIFFTileSize(file);
        header->block_row_bytes = (size_t)TIFFTileRowSize(file);
        return;
    }
    uint32_t rows = 0;
    TIFFGetFieldDefaulted(file, TIFFTAG_ROWSPERSTRIP, &rows);
    header->block_width = header->width;
    header->block_height = rows < header->height ? rows : header->height;
    header->block_bytes = (size_t)TIFFStripSize(file);
    header->block_row_bytes = (size_t)TIFFScanlineSize(file);
}

int headstart_tiff_read_header(headstart_tiff_reader *reader, headstart_tiff_header *header) {
    TIFF *file = reader->file = open_file(reader);
    if (file == NULL) return 0;
    memset(header, 0, sizeof *header);
    TIFFGetField(file, TIFFTAG_IMAGEWIDTH, &header->width);
    TIFFGetField(file, TIFFTAG_IMAGELENGTH, &header->height);
    TIFFGetFieldDefaulted(file, TIFFTAG_BITSPERSAMPLE, &header->bits);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLESPERPIXEL, &header->samples);
    TIFFGetFieldDefaulted(file, TIFFTAG_SAMPLEFORMAT, &header->sample_format);
    TIFFGetField(file, TIFFTAG_PHOTOMETRIC, &header->photometric);
    TIFFGetFieldDefaulted(file, TIFFTAG_PLANARCONFIG, &header->planar_configuration);
    TIFFGetFieldDefaulted(file, TIFFTAG_COMPRESSION, &header->compression);
    TIFFGetFieldDefaulted(file, TIFFTAG_FILLORDER, &header->fill_order);
    TIFFGetFieldDefaulted(file, TIFFTAG_YCBCRSUBSAMPLING, &header->subsampling_x, &header->subsampling_y);
    header->is_big_endian = TIFFIsBigEndian(file);
    uint16_t extra_count = 0, *extras = NULL;
    if (TIFFGetField(file, TIFFTAG_EXTRASAMPLES, &extra_count, &extras)) {
        header->extra_count = extra_count;
        for (uint16_t extra = 0; extra < extra_count && extra < HEADSTART_TIFF_EXTRA_LIMIT; extra++) {
            header->extras[extra] = extras[extra];
        }
    }
    // libdeflate, which libtiff prefers, lets some damage pass and is given whole strips. Pillow's libtiff
    // has only zlib.
    if (header->compression == COMPRESSION_ADOBE_DEFLATE || header->compression == COMPRESSION_DEFLATE) {
        TIFFSetField(file, TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
    }
    // libjpeg converts its YCbCr to RGB itself and undoes the subsampling.
    if (header->photometric == PHOTOMETRIC_YCBCR && header->compression == COMPRESSION_JPEG &&
        header->planar_configuration == PLANARCONFIG_CONTIG) {
        TIFFSetField(file, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    read_palette(file, header);
    read_blocks(file, header);
    return 1;
}

int headstart_tiff_read_block(headstart_tiff_reader *reader, uint32_t index, uint8_t *block, size_t count) {
    tmsize_t read = TIFFIsTiled(reader->file)
                        ? TIFFReadEncodedTile(reader->file, index, block, (tmsize_t)count)
                        : TIFFReadEncodedStrip(reader->file, index, block, (tmsize_t)count);
    return read >= 0;
}

int headstart_tiff_read_rgba(
    headstart_tiff_reader *reader, uint32_t width, uint32_t height, uint8_t *pixels) {
    // The third argument stops at damage; otherwise the pixels of a damaged part would depend on libtiff's
    // version.
    TIFFRGBAImage image;
    char refusal[1024] = "";
    if (!TIFFRGBAImageOK(reader->file, refusal) || !TIFFRGBAImageBegin(&image, reader->file, 1, refusal)) {
        snprintf(reader->message, sizeof reader->message, "%.150s", refusal);
        return 0;
    }
    // In stored order; the caller turns the picture.
    image.orientation = image.req_orientation = ORIENTATION_TOPLEFT;
    int done = TIFFRGBAImageGet(&image, (uint32_t *)(void *)pixels, width, height);
    TIFFRGBAImageEnd(&image);
    return done;
}

const char *headstart_tiff_message(const headstart_tiff_reader *reader) { return reader->message; }

int headstart_tiff_ended_early(const headstart_tiff_reader *reader) { return reader->ended_early; }

void headstart_tiff_close(headstart_tiff_reader *reader) {
    if (reader->file != NULL) TIFFClose(reader->file);
    free(reader);
}

#include "CGIF.h"

#include <gif_lib.h>
#include <stdlib.h>
#include <string.h>

struct headstart_gif_reader {
    GifFileType *file;
    const uint8_t *bytes;
    size_t count;
    size_t offset;
    int ended_early;
};

static int read_bytes(GifFileType *file, GifByteType *target, int wanted) {
    headstart_gif_reader *reader = file->UserData;
    size_t left = reader->count - reader->offset;
    if ((size_t)wanted > left) {
        reader->ended_early = 1;
        // A file whose last terminator is missing is whole otherwise: a single byte beyond the end reads as
        // one.
        if (left > 0 || wanted != 1) return 0;
        *target = 0;
        return 1;
    }
    memcpy(target, reader->bytes + reader->offset, (size_t)wanted);
    reader->offset += (size_t)wanted;
    return wanted;
}

headstart_gif_reader *headstart_gif_open(const uint8_t *bytes, size_t count) {
    headstart_gif_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->bytes = bytes;
    reader->count = count;
    int error = 0;
    reader->file = DGifOpen(reader, read_bytes, &error);
    if (reader->file == NULL) {
        free(reader);
        return NULL;
    }
    return reader;
}

// Notes the transparent index of a graphic control block; other extensions are read over. 1 for success.
static int read_extension(GifFileType *file, headstart_gif_frame *frame) {
    int code = 0;
    GifByteType *block = NULL;
    if (DGifGetExtension(file, &code, &block) == GIF_ERROR) return 0;
    if (code == GRAPHICS_EXT_FUNC_CODE && block != NULL && block[0] >= 4 && (block[1] & 1)) {
        frame->transparent = block[4];
    }
    while (block != NULL) {
        if (DGifGetExtensionNext(file, &block) == GIF_ERROR) return 0;
    }
    return 1;
}

static void copy_palette(const ColorMapObject *map, headstart_gif_palette *palette) {
    palette->count = map == NULL ? 0 : map->ColorCount;
    for (int32_t entry = 0; entry < palette->count; entry++) {
        palette->entries[3 * entry] = map->Colors[entry].Red;
        palette->entries[3 * entry + 1] = map->Colors[entry].Green;
        palette->entries[3 * entry + 2] = map->Colors[entry].Blue;
    }
}

int headstart_gif_read_frame(headstart_gif_reader *reader, headstart_gif_frame *frame) {
    GifFileType *file = reader->file;
    frame->screen_width = file->SWidth;
    frame->screen_height = file->SHeight;
    frame->transparent = -1;
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    while (record != IMAGE_DESC_RECORD_TYPE) {
        if (DGifGetRecordType(file, &record) == GIF_ERROR) {
            // A stray byte between blocks is skipped, as in Pillow.
            if (file->Error == D_GIF_ERR_WRONG_RECORD && !reader->ended_early) continue;
            return 0;
        }
        if (record == TERMINATE_RECORD_TYPE) return 0;
        if (record == EXTENSION_RECORD_TYPE && !read_extension(file, frame)) return 0;
    }
    if (DGifGetImageDesc(file) == GIF_ERROR) return 0;
    frame->left = file->Image.Left;
    frame->top = file->Image.Top;
    frame->width = file->Image.Width;
    frame->height = file->Image.Height;
    copy_palette(file->Image.ColorMap, &frame->local);
    copy_palette(file->SColorMap, &frame->global);
    return 1;
}

int headstart_gif_read_indices(headstart_gif_reader *reader, uint8_t *indices) {
    static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
    GifFileType *file = reader->file;
    int width = file->Image.Width, height = file->Image.Height;
    int passes = file->Image.Interlace ? 4 : 1;
    for (int pass = 0; pass < passes; pass++) {
        int start = passes == 1 ? 0 : first[pass], stride = passes == 1 ? 1 : step[pass];
        for (int row = start; row < height; row += stride) {
            if (DGifGetLine(file, indices + (size_t)row * (size_t)width, width) == GIF_ERROR) return 0;
        }
    }
    return 1;
}

const char *headstart_gif_message(const headstart_gif_reader *reader) {
    const char *message = GifErrorString(reader->file->Error);
    return message == NULL ? "no picture in it" : message;
}

int headstart_gif_ended_early(const headstart_gif_reader *reader) { return reader->ended_early; }

void headstart_gif_close(headstart_gif_reader *reader) {
    int error = 0;
    DGifCloseFile(reader->file, &error);
    free(reader);
}

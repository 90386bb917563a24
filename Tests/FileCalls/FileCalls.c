// The program's own definitions of these calls go before the C library's, for all that is linked into it and
// for the libraries that it loads. They do what the library's do, and write down what a recording thread did.
#define _GNU_SOURCE
#include "FileCalls.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local int recording;
static _Thread_local FileCall *calls;
static _Thread_local long call_count;
static _Thread_local long capacity;

static FileCall *add(int kind) {
    if (call_count == capacity) {
        capacity = capacity ? 2 * capacity : 64;
        calls = realloc(calls, capacity * sizeof(FileCall));
    }
    FileCall *call = &calls[call_count++];
    memset(call, 0, sizeof(FileCall));
    call->kind = kind;
    return call;
}

static void name(char *target, const char *path) { snprintf(target, 1024, "%s", path); }

static void name_descriptor(char *target, int descriptor) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    long length = readlink(link, target, 1023);
    target[length < 0 ? 0 : length] = 0;
}

void file_calls_begin(void) {
    for (long index = 0; index < call_count; index++) free(calls[index].bytes);
    call_count = 0;
    recording = 1;
}

long file_calls_end(void) {
    recording = 0;
    return call_count;
}

const FileCall *file_calls_get(long index) { return &calls[index]; }

static int open_file(const char *path, int flags, mode_t mode) {
    int is_new = recording && (flags & O_CREAT) && access(path, F_OK) != 0;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (descriptor >= 0 && is_new) name(add(FILE_CALL_CREATE)->path, path);
    if (descriptor >= 0 && recording && !is_new && (flags & O_TRUNC)) {
        name(add(FILE_CALL_TRUNCATE)->path, path);
    }
    return descriptor;
}

int open(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open_file(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list list;
    va_start(list, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open_file(path, flags, mode);
}

static void written(int descriptor, const void *bytes, long offset, long count) {
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return;
    FileCall *call = add(FILE_CALL_WRITE);
    name_descriptor(call->path, descriptor);
    call->offset = offset;
    call->count = count;
    call->bytes = malloc(count);
    memcpy(call->bytes, bytes, count);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    long offset = recording ? lseek(descriptor, 0, SEEK_CUR) : 0;
    ssize_t done = syscall(SYS_write, descriptor, bytes, count);
    if (recording && done > 0) written(descriptor, bytes, offset, done);
    return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    ssize_t done = syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    if (recording && done > 0) written(descriptor, bytes, offset, done);
    return done;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return pwrite(descriptor, bytes, count, offset);
}

static int shortened(int descriptor, long length) {
    int status = (int)syscall(SYS_ftruncate, descriptor, length);
    if (recording && status == 0) {
        FileCall *call = add(FILE_CALL_TRUNCATE);
        name_descriptor(call->path, descriptor);
        call->offset = length;
    }
    return status;
}

int ftruncate(int descriptor, off_t length) { return shortened(descriptor, length); }
int ftruncate64(int descriptor, off64_t length) { return shortened(descriptor, length); }

int fsync(int descriptor) {
    int status = (int)syscall(SYS_fsync, descriptor);
    if (recording && status == 0) name_descriptor(add(FILE_CALL_SYNC)->path, descriptor);
    return status;
}

int fdatasync(int descriptor) {
    int status = (int)syscall(SYS_fdatasync, descriptor);
    if (recording && status == 0) name_descriptor(add(FILE_CALL_SYNC)->path, descriptor);
    return status;
}

int rename(const char *old, const char *new) {
    int status = (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
    if (recording && status == 0) {
        FileCall *call = add(FILE_CALL_RENAME);
        name(call->path, old);
        name(call->target, new);
    }
    return status;
}

int unlink(const char *path) {
    int status = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (recording && status == 0) name(add(FILE_CALL_UNLINK)->path, path);
    return status;
}

int mkdir(const char *path, mode_t mode) {
    int status = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (recording && status == 0) name(add(FILE_CALL_MAKE_FOLDER)->path, path);
    return status;
}

// The calls by which a thread of the tests changes files, as they reach the system.
#ifndef FILE_CALLS_H
#define FILE_CALLS_H

enum FileCallKind {
    FILE_CALL_CREATE,
    FILE_CALL_WRITE,
    FILE_CALL_TRUNCATE,
    FILE_CALL_SYNC,
    FILE_CALL_RENAME,
    FILE_CALL_UNLINK,
    FILE_CALL_MAKE_FOLDER,
};

typedef struct {
    int kind;
    /// The file or folder; what it was called before, for a rename.
    char path[1024];
    /// The new name, for a rename.
    char target[1024];
    /// Where bytes were written, or the new length.
    long offset;
    long count;
    unsigned char *bytes;
} FileCall;

/// Forgets what was recorded, and records this thread's calls that succeed from now on.
void file_calls_begin(void);
/// Stops recording; returns how many calls there were.
long file_calls_end(void);
/// A recorded call, valid until the next `file_calls_begin` on this thread.
const FileCall *file_calls_get(long index);

#endif

// Blocks of work over threads.
#ifndef HEADSTART_PARALLEL_H
#define HEADSTART_PARALLEL_H

#include <stdint.h>

/// Work on one block. `thread` is below the number of threads, and no two bodies that run at once share one,
/// so it can name a part of some scratch memory.
typedef void (*HeadStartBody)(void *context, int32_t block, int32_t thread);

/// Calls `body` once for each block in 0 ..< blocks, on up to `threads` threads of which the caller's is one,
/// and returns when all are done. Blocks are begun in order; which thread takes one is left to chance, so a
/// body's result must not depend on it. Any number of callers may be inside at once, and a body may call it
/// again.
void headstart_parallel(int32_t threads, int32_t blocks, HeadStartBody body, void *context);

#endif

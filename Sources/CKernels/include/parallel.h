// Distributes blocks of work over threads.
#ifndef HEADSTART_PARALLEL_H
#define HEADSTART_PARALLEL_H

#include <stdint.h>

/// The work on one block. `thread` is less than the number of threads, and bodies that run at the same time
/// have different values, so it can select a part of scratch memory.
typedef void (*HeadStartBody)(void *context, int32_t block, int32_t thread);

/// Calls `body` once for each block in 0 ..< blocks, on up to `threads` threads including the caller's, and
/// returns when all are done. Blocks are started in order, but which thread takes a block is arbitrary, so
/// the result must not depend on it. Any number of callers may be inside at once, and a body may call this
/// function again.
void headstart_parallel(int32_t threads, int32_t blocks, HeadStartBody body, void *context);

#endif

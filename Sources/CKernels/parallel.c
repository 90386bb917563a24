#include "parallel.h"

#include <pthread.h>
#include <stdatomic.h>

// Threads are created and joined in each call. That costs about 20 microseconds per thread, while a call
// takes milliseconds, and nothing is shared between callers: no pool, no lock, no state.
enum { MOST_THREADS = 256 };

typedef struct {
    HeadStartBody body;
    void *context;
    int32_t blocks;
    atomic_int next;
} Work;

typedef struct {
    Work *work;
    int32_t index;
} Thread;

static void *take_blocks(void *argument) {
    const Thread *thread = argument;
    Work *work = thread->work;
    for (;;) {
        int32_t block = atomic_fetch_add_explicit(&work->next, 1, memory_order_relaxed);
        if (block >= work->blocks) return 0;
        work->body(work->context, block, thread->index);
    }
}

void headstart_parallel(int32_t threads, int32_t blocks, HeadStartBody body, void *context) {
    Work work = {.body = body, .context = context, .blocks = blocks, .next = 0};
    if (threads > blocks) threads = blocks;
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    pthread_t handles[MOST_THREADS];
    Thread arguments[MOST_THREADS];
    int32_t started = 1;
    arguments[0] = (Thread){&work, 0};
    for (; started < threads; started++) {
        arguments[started] = (Thread){&work, started};
        // If the system has no more threads, only time is lost: the running ones take all the blocks.
        if (pthread_create(&handles[started], 0, take_blocks, &arguments[started]) != 0) break;
    }
    take_blocks(&arguments[0]);
    for (int32_t i = 1; i < started; i++) pthread_join(handles[i], 0);
}

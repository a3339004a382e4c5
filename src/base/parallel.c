/* Divides work among threads. */
#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

enum { MAX_THREADS = 64 };

struct part {
    void (*work)(void *user, size_t begin, size_t end);
    void *user;
    size_t begin, end;
    pthread_t thread;
    bool is_thread;
};

static void *run_part(void *argument)
{
    const struct part *part = argument;
    part->work(part->user, part->begin, part->end);
    return NULL;
}

size_t cvl_parallel_threads(void)
{
    cpu_set_t ours;
    if (sched_getaffinity(0, sizeof ours, &ours) != 0)
        return 1;
    int count = CPU_COUNT(&ours);
    return count < 1 ? 1 : count > MAX_THREADS ? MAX_THREADS : (size_t)count;
}

void cvl_parallel_for(size_t count, void (*work)(void *user, size_t begin, size_t end), void *user)
{
    struct part parts[MAX_THREADS];
    size_t threads = cvl_parallel_threads();
    if (threads > count)
        threads = count;
    for (size_t i = 0; i < threads; i++) {
        size_t share = count / threads, rest = count % threads;
        size_t begin = i * share + (i < rest ? i : rest);
        parts[i] = (struct part){work, user, begin, begin + share + (i < rest), 0, false};
    }
    for (size_t i = 1; i < threads; i++)
        parts[i].is_thread = pthread_create(&parts[i].thread, NULL, run_part, &parts[i]) == 0;
    for (size_t i = 0; i < threads; i++)
        if (!parts[i].is_thread)
            (void)run_part(&parts[i]);
    for (size_t i = 1; i < threads; i++)
        if (parts[i].is_thread)
            (void)pthread_join(parts[i].thread, NULL);
}

/* A host clock that stands still but where a test moves it. It takes the place of clock_gettime in
 * what is linked into the test program, not in shared libraries (Criterion has the machine's).
 * Until a test starts it, it is the machine's clock. */
#ifndef CVL_TESTS_SCRIPTED_CLOCK_H
#define CVL_TESTS_SCRIPTED_CLOCK_H

#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static bool scripted_clock_is_on;
static double scripted_clock_s;

static inline void scripted_clock_start(void)
{
    scripted_clock_is_on = true;
}

static inline void scripted_clock_move(double seconds)
{
    scripted_clock_s += seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!scripted_clock_is_on)
        return (int)syscall(SYS_clock_gettime, clock, now);
    now->tv_sec = (time_t)scripted_clock_s;
    now->tv_nsec = (long)((scripted_clock_s - (double)now->tv_sec) * 1e9);
    return 0;
}

#endif

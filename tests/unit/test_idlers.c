/* Threads that keep processors from becoming idle. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <sched.h>
#include <stdlib.h>

#include "run/time/idlers.h"

/* Threads of this process of class SCHED_IDLE; each must be on one processor, and no two on the
 * same. */
static int count_idle_threads(void)
{
    int count = 0;
    cpu_set_t seen;
    CPU_ZERO(&seen);
    DIR *tasks = opendir("/proc/self/task");
    cr_assert_not_null(tasks);
    for (struct dirent *entry; (entry = readdir(tasks));) {
        const int thread = atoi(entry->d_name);
        cpu_set_t own;
        if (thread <= 0 || sched_getscheduler(thread) != SCHED_IDLE)
            continue;
        count++;
        cr_assert_eq(sched_getaffinity(thread, sizeof own, &own), 0);
        cr_expect_eq(CPU_COUNT(&own), 1);
        CPU_OR(&seen, &seen, &own);
    }
    (void)closedir(tasks);
    cr_expect_eq(CPU_COUNT(&seen), count);
    return count;
}

static int count_processors(void)
{
    cpu_set_t allowed;
    cr_assert_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    return CPU_COUNT(&allowed);
}

Test(idlers, one_on_each_processor_until_they_are_stopped)
{
    struct cvl_idlers *idlers = cvl_idlers_start();
    if (!idlers)
        cr_skip_test("the system does not allow threads of class SCHED_IDLE");
    cr_expect_eq(count_idle_threads(), count_processors());
    cvl_idlers_stop(&idlers);
    cr_expect_null(idlers);
    cr_expect_eq(count_idle_threads(), 0);
    cvl_idlers_stop(&idlers);
}

/* A process that may run on one processor keeps to it. */
Test(idlers, only_where_the_process_may_run)
{
    cpu_set_t allowed, one;
    cr_assert_eq(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &allowed) && CPU_COUNT(&one) == 0)
            CPU_SET(i, &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    struct cvl_idlers *idlers = cvl_idlers_start();
    if (!idlers)
        cr_skip_test("the system does not allow threads of class SCHED_IDLE");
    cr_expect_eq(count_idle_threads(), 1);
    cvl_idlers_stop(&idlers);
}

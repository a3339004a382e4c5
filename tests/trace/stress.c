/* The layer's books under threads, built with the thread sanitizer: applications make, use and
 * release objects and launch kernels while a driver's thread destroys them, late. Exit status 0:
 * every figure came out. No OpenCL. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layer/intercept/callers.h"
#include "layer/intercept/kernels.h"
#include "layer/intercept/track.h"

enum { APPLICATIONS = 6, DRIVERS = 2, ROUNDS = 3000, HANDLES = 16, BYTES = 48 };

static struct cvl_log trace_log = CVL_LOG_INITIALIZER;
static struct cvl_track track = CVL_TRACK_INITIALIZER;
static struct cvl_kernels kernels = CVL_KERNELS_INITIALIZER;
static struct cvl_callers callers = CVL_CALLERS_INITIALIZER;

/* Made-up handles: only their addresses count. */
static char handles[APPLICATIONS][HANDLES], kernel_handles[APPLICATIONS];

/* Objects that the driver still holds. */
static struct {
    pthread_mutex_t lock;
    struct cvl_track_object *waiting[APPLICATIONS * ROUNDS];
    size_t count, reported;
} flight = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void put_into_flight(struct cvl_track_object *object)
{
    pthread_mutex_lock(&flight.lock);
    flight.waiting[flight.count++] = object;
    pthread_mutex_unlock(&flight.lock);
}

static void use(const char *kernel, const char *handle)
{
    if (cvl_track_holds(&track, handle))
        cvl_kernels_argument(&kernels, kernel, 0, handle);
    struct cvl_kernel_name *name = cvl_kernels_launch(&kernels, &track, kernel);
    if (name)
        cvl_kernels_time(&kernels, name, 10);
}

static void *application(void *number)
{
    const size_t self = (size_t)(char *)number;
    for (size_t i = 0; i < ROUNDS; i++) {
        const char *handle = &handles[self][i % HANDLES];
        struct cvl_track_creation creation = {
            .handle = handle,
            .asked_bytes = BYTES,
            .bytes = BYTES,
            .stack = CVL_CALLERS_HERE(&callers),
            .watched = true,
        };
        struct cvl_track_object *object = cvl_track_create(&track, &creation);
        cvl_track_retain(&track, handle);
        use(&kernel_handles[self], handle);
        (void)cvl_track_release(&track, handle);
        (void)cvl_track_release(&track, handle);
        put_into_flight(object); /* released; its kernel still runs */
    }
    return NULL;
}

static void *driver(void *unused)
{
    (void)unused;
    for (bool done = false; !done;) {
        struct cvl_track_object *object = NULL;
        pthread_mutex_lock(&flight.lock);
        if (flight.count > 0)
            object = flight.waiting[--flight.count];
        flight.reported += object != NULL;
        done = flight.reported == APPLICATIONS * ROUNDS;
        pthread_mutex_unlock(&flight.lock);
        cvl_track_destroy(&track, object);
    }
    return NULL;
}

static void *reader(void *unused)
{
    struct cvl_layer_counters counters;
    struct cvl_layer_event event;
    do {
        cvl_track_counters(&track, &counters);
        (void)cvl_track_events(&track, counters.events / 2, &event, 1);
        cvl_track_label(&track, CVL_LAYER_OWN, (uint32_t)counters.created);
        cvl_track_reset_peaks(&track);
    } while (counters.created < APPLICATIONS * ROUNDS);
    return unused;
}

static int expect(uint64_t got, uint64_t wanted, const char *what)
{
    if (got == wanted)
        return 0;
    (void)fprintf(stderr, "%s: got %lu, expected %lu\n", what, (unsigned long)got,
                  (unsigned long)wanted);
    return 1;
}

int main(int argc, char **argv)
{
    pthread_t threads[APPLICATIONS + DRIVERS + 1];
    size_t count = 0;
    if (argc != 2 || !cvl_log_open(&trace_log, argv[1]))
        return 2;
    track.log = kernels.log = callers.log = &trace_log;
    cvl_track_record_events(&track);
    for (size_t i = 0; i < APPLICATIONS; i++)
        cvl_kernels_create(&kernels, &kernel_handles[i], "kernel", NULL);
    for (size_t i = 0; i < APPLICATIONS; i++)
        (void)pthread_create(&threads[count++], NULL, application, (char *)i);
    for (size_t i = 0; i < DRIVERS; i++)
        (void)pthread_create(&threads[count++], NULL, driver, NULL);
    (void)pthread_create(&threads[count++], NULL, reader, NULL);
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(threads[i], NULL);

    struct cvl_layer_counters counters;
    cvl_track_counters(&track, &counters);
    int failed = expect(counters.created, APPLICATIONS * ROUNDS, "created");
    failed |= expect(counters.events, 3 * APPLICATIONS * ROUNDS, "events");
    failed |= expect(counters.live_bytes, 0, "live bytes");
    failed |= expect(counters.pending, 0, "pending");
    failed |= expect(counters.lost, 0, "lost");
    failed |= expect(trace_log.process->lost, 0, "records lost");
    cvl_log_close(&trace_log);
    cvl_kernels_clear(&kernels);
    cvl_track_clear(&track);
    return failed;
}

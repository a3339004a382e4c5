#include <criterion/criterion.h>

#include <stdlib.h>

#include "layer/intercept/track.h"

TestSuite(layer_track, .timeout = 1200);

static struct cvl_track track = CVL_TRACK_INITIALIZER;

/* Made-up handles: only their addresses count. */
static char handles[4096];

static struct cvl_track_object *create(const void *handle, uint64_t bytes, bool watched)
{
    return cvl_track_create(
        &track, &(struct cvl_track_creation){
                    .handle = handle, .asked_bytes = bytes, .bytes = bytes, .watched = watched});
}

static void expect(uint64_t live_bytes, uint64_t peak_bytes, uint64_t created, uint64_t pending)
{
    struct cvl_layer_counters counters;
    cvl_track_counters(&track, &counters);
    cr_assert_eq(counters.live_bytes, live_bytes, "live %lu", counters.live_bytes);
    cr_assert_eq(counters.peak_bytes, peak_bytes, "peak %lu", counters.peak_bytes);
    cr_assert_eq(counters.created, created, "created %lu", counters.created);
    cr_assert_eq(counters.pending, pending, "pending %lu", counters.pending);
    cr_assert_eq(counters.lost, 0);
}

Test(layer_track, counts_live_and_peak_bytes)
{
    struct cvl_track_object *first = create(&handles[0], 100, true);
    struct cvl_track_object *second = create(&handles[1], 30, true);
    expect(130, 130, 2, 0);
    cr_assert_null(cvl_track_release(&track, &handles[0]));
    expect(130, 130, 2, 1); /* released is not destroyed */
    cvl_track_destroy(&track, first);
    expect(30, 130, 2, 0);
    cvl_track_reset_peaks(&track);
    expect(30, 30, 2, 0);
    cvl_track_release(&track, &handles[1]);
    cvl_track_destroy(&track, second);
    expect(0, 30, 2, 0);
    cvl_track_clear(&track);
}

Test(layer_track, unwatched_object_is_handed_back_at_its_last_release)
{
    struct cvl_track_object *object = create(&handles[0], 8, false);
    cr_assert_eq(cvl_track_release(&track, &handles[0]), object);
    expect(8, 8, 1, 1);
    cvl_track_destroy(&track, object);
    expect(0, 8, 1, 0);

    object = create(&handles[0], 8, true);
    cvl_track_unwatch(&track, object);
    cr_assert_eq(cvl_track_release(&track, &handles[0]), object);
    cvl_track_destroy(&track, object);
    cvl_track_unwatch(&track, NULL);
    cvl_track_destroy(&track, NULL);
    expect(0, 8, 2, 0);
    cvl_track_clear(&track);
}

Test(layer_track, retained_object_needs_as_many_releases)
{
    struct cvl_track_object *object = create(&handles[0], 8, false);
    cvl_track_retain(&track, &handles[0]);
    cvl_track_retain(&track, &handles[0]);
    cr_assert_null(cvl_track_release(&track, &handles[0]));
    cr_assert_null(cvl_track_release(&track, &handles[0]));
    expect(8, 8, 1, 0);
    cr_assert_eq(cvl_track_release(&track, &handles[0]), object);
    expect(8, 8, 1, 1);
    cvl_track_destroy(&track, object);
    cr_assert_null(cvl_track_release(&track, &handles[0])); /* once too often */
    expect(0, 8, 1, 0);
    cvl_track_clear(&track);
}

Test(layer_track, unknown_handles_are_ignored)
{
    cvl_track_retain(&track, &handles[0]);
    cr_assert_null(cvl_track_release(&track, &handles[0]));
    expect(0, 0, 0, 0);
    struct cvl_track_object *object = create(&handles[0], 8, false);
    cvl_track_retain(&track, &handles[1]);
    cr_assert_null(cvl_track_release(&track, &handles[1]));
    expect(8, 8, 1, 0);
    cr_assert_eq(cvl_track_release(&track, &handles[0]), object);
    cvl_track_destroy(&track, object);
    cvl_track_clear(&track);
}

/* The driver gives a handle out again before the end of its former object is reported. */
Test(layer_track, reused_handle_keeps_objects_apart)
{
    struct cvl_track_object *former = create(&handles[0], 8, true);
    cvl_track_release(&track, &handles[0]);
    struct cvl_track_object *later = create(&handles[0], 5, true);
    expect(13, 13, 2, 1);
    cvl_track_destroy(&track, former);
    expect(5, 13, 2, 0);
    cvl_track_release(&track, &handles[0]);
    cvl_track_destroy(&track, later);
    expect(0, 13, 2, 0);
    cvl_track_clear(&track);
}

/* The end of the former object was never seen: one that is watched waits for its callback. */
Test(layer_track, handle_still_held_is_displaced)
{
    struct cvl_track_object *watched = create(&handles[0], 8, true);
    create(&handles[0], 5, false);
    expect(13, 13, 2, 0);
    cvl_track_destroy(&track, watched);
    expect(5, 13, 2, 0);
    struct cvl_track_object *last = create(&handles[0], 2, false);
    expect(2, 13, 3, 0);
    cr_assert_eq(cvl_track_release(&track, &handles[0]), last);
    cvl_track_destroy(&track, last);
    expect(0, 13, 3, 0);
    cvl_track_clear(&track);
}

Test(layer_track, destroyed_without_release)
{
    struct cvl_track_object *object = create(&handles[0], 8, true);
    cvl_track_destroy(&track, object);
    expect(0, 8, 1, 0);
    cr_assert_null(cvl_track_release(&track, &handles[0]));
    expect(0, 8, 1, 0);
    cvl_track_clear(&track);
}

Test(layer_track, owners_are_counted_apart)
{
    struct cvl_layer_counters counters;
    cvl_track_label(&track, CVL_LAYER_OWN, 3);
    struct cvl_track_object *own = create(&handles[0], 100, true);
    cvl_track_label(&track, CVL_LAYER_LIBRARY, 4);
    struct cvl_track_object *hidden = create(&handles[1], 7, true);
    cvl_track_destroy(&track, own); /* charged to its owner, whatever the label */
    cvl_track_counters(&track, &counters);
    cr_assert_eq(counters.owner_live_bytes[CVL_LAYER_OWN], 0);
    cr_assert_eq(counters.owner_peak_bytes[CVL_LAYER_OWN], 100);
    cr_assert_eq(counters.owner_live_bytes[CVL_LAYER_LIBRARY], 7);
    cr_assert_eq(counters.owner_peak_bytes[CVL_LAYER_LIBRARY], 7);
    cr_assert_eq(counters.peak_bytes, 107);
    cvl_track_destroy(&track, hidden);
    cvl_track_clear(&track);
}

static void expect_event(const struct cvl_layer_event *event, enum cvl_layer_event_kind kind,
                         uint64_t object, uint64_t live_bytes, uint32_t stage)
{
    cr_assert_eq(event->kind, (uint32_t)kind);
    cr_assert_eq(event->object, object);
    cr_assert_eq(event->bytes, 64);
    cr_assert_eq(event->live_bytes, live_bytes);
    cr_assert_eq(event->owner, (uint32_t)CVL_LAYER_OWN);
    cr_assert_eq(event->stage, stage);
}

Test(layer_track, events_tell_the_story)
{
    struct cvl_layer_event events[8];
    cvl_track_record_events(&track);
    cvl_track_label(&track, CVL_LAYER_OWN, 1);
    struct cvl_track_object *object = create(&handles[0], 64, true);
    cvl_track_label(&track, CVL_LAYER_LIBRARY, 2);
    cvl_track_release(&track, &handles[0]);
    cvl_track_destroy(&track, object);
    cr_assert_eq(cvl_track_events(&track, 0, events, 8), 3);
    expect_event(&events[0], CVL_LAYER_CREATE, 1, 64, 1);
    expect_event(&events[1], CVL_LAYER_RELEASE, 1, 64, 2);
    expect_event(&events[2], CVL_LAYER_DESTROY, 1, 0, 2);
    cr_assert_leq(events[0].time_ns, events[1].time_ns);
    cr_assert_leq(events[1].time_ns, events[2].time_ns);
    cr_assert_eq(cvl_track_events(&track, 1, events, 1), 1);
    expect_event(&events[0], CVL_LAYER_RELEASE, 1, 64, 2);
    cr_assert_eq(cvl_track_events(&track, 3, events, 8), 0);
    cr_assert_eq(cvl_track_events(&track, UINT64_MAX, events, 8), 0);
    cvl_track_forget_events(&track);
    cr_assert_eq(cvl_track_events(&track, 0, events, 8), 0);
    cvl_track_clear(&track);
}

Test(layer_track, events_are_recorded_only_when_wanted)
{
    struct cvl_layer_event event;
    struct cvl_track_object *object = create(&handles[0], 64, true);
    cvl_track_destroy(&track, object);
    cr_assert_eq(cvl_track_events(&track, 0, &event, 1), 0);
    cvl_track_clear(&track);
}

/* More objects and events than the first tables hold. */
Test(layer_track, tables_grow)
{
    enum { COUNT = sizeof handles };
    struct cvl_layer_event event;
    cvl_track_record_events(&track);
    for (size_t i = 0; i < COUNT; i++)
        cr_assert_not_null(create(&handles[i], i, false));
    expect((uint64_t)COUNT * (COUNT - 1) / 2, (uint64_t)COUNT * (COUNT - 1) / 2, COUNT, 0);
    for (size_t i = COUNT; i-- > 0;) {
        struct cvl_track_object *object = cvl_track_release(&track, &handles[i]);
        cr_assert_not_null(object);
        cvl_track_destroy(&track, object);
    }
    expect(0, (uint64_t)COUNT * (COUNT - 1) / 2, COUNT, 0);
    cr_assert_eq(cvl_track_events(&track, 3 * COUNT - 1, &event, 1), 1);
    cr_assert_eq(event.kind, (uint32_t)CVL_LAYER_DESTROY);
    cr_assert_eq(event.object, 1); /* the first made is the last destroyed */
    cvl_track_clear(&track);
}

enum { THREADS = 8, ROUNDS = 2000, SHARED = 16 };

struct hand_over {
    pthread_mutex_t lock;
    struct cvl_track_object *waiting[THREADS * ROUNDS];
    size_t count, reported;
    bool closed;
};

static struct hand_over hand_over = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* An application's thread: makes an object, retains, releases, and leaves its end to the driver. */
static void *application(void *first_handle)
{
    const char *handle = first_handle;
    for (size_t i = 0; i < ROUNDS; i++) {
        const char *own = handle + i % SHARED;
        struct cvl_track_object *object = create(own, 16, true);
        cvl_track_retain(&track, own);
        cvl_track_release(&track, own);
        cvl_track_release(&track, own);
        pthread_mutex_lock(&hand_over.lock);
        hand_over.waiting[hand_over.count++] = object;
        pthread_mutex_unlock(&hand_over.lock);
    }
    return NULL;
}

/* The driver's thread: reports destructions, late and in another order. */
static void *driver(void *unused)
{
    (void)unused;
    for (bool closed = false; !closed || hand_over.reported < THREADS * ROUNDS;) {
        pthread_mutex_lock(&hand_over.lock);
        struct cvl_track_object *object =
            hand_over.count ? hand_over.waiting[--hand_over.count] : NULL;
        hand_over.reported += object != NULL;
        closed = hand_over.closed;
        pthread_mutex_unlock(&hand_over.lock);
        cvl_track_destroy(&track, object);
    }
    return NULL;
}

Test(layer_track, threads_agree)
{
    pthread_t threads[THREADS], destroyer;
    cvl_track_record_events(&track);
    cr_assert_eq(pthread_create(&destroyer, NULL, driver, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, application, &handles[i * SHARED]), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_lock(&hand_over.lock);
    hand_over.closed = true;
    pthread_mutex_unlock(&hand_over.lock);
    pthread_join(destroyer, NULL);

    struct cvl_layer_counters counters;
    cvl_track_counters(&track, &counters);
    cr_assert_eq(counters.live_bytes, 0);
    cr_assert_eq(counters.pending, 0);
    cr_assert_eq(counters.created, THREADS * ROUNDS);
    cr_assert_eq(counters.events, 3 * THREADS * ROUNDS);
    cr_assert_geq(counters.peak_bytes, 16);
    cr_assert_leq(counters.peak_bytes, 16 * THREADS * ROUNDS);
    cvl_track_clear(&track);
}

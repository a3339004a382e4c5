#include "memory/layer/track.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* An object stays in the table while the application holds a reference; afterwards only the watch
 * knows it. So a handle that the driver gives out again never meets its former object. */
struct cvl_track_object {
    struct cvl_track_object *next; /* in its bucket */
    const void *handle;
    uint64_t number, bytes;
    uint64_t references; /* the application's */
    enum cvl_layer_owner owner;
    bool watched;
};

enum { FIRST_BUCKETS = 256, FIRST_EVENTS = 256 }; /* powers of two */

static size_t bucket_of(const void *handle, size_t bucket_count)
{
    /* Fibonacci hashing (Knuth, TAOCP 3, 6.4): addresses differ in their middle bits. */
    uint64_t hash = (uint64_t)(uintptr_t)handle * 0x9E3779B97F4A7C15u;
    return (size_t)(hash >> 32) & (bucket_count - 1);
}

/* Doubles the table. Without memory it stays as it is: slower, not wrong. */
static void grow_table(struct cvl_track *track)
{
    size_t count = track->bucket_count ? 2 * track->bucket_count : FIRST_BUCKETS;
    struct cvl_track_object **buckets = calloc(count, sizeof *buckets);
    if (!buckets)
        return;
    for (size_t i = 0; i < track->bucket_count; i++) {
        for (struct cvl_track_object *object = track->buckets[i], *next; object; object = next) {
            size_t bucket = bucket_of(object->handle, count);
            next = object->next;
            object->next = buckets[bucket];
            buckets[bucket] = object;
        }
    }
    free(track->buckets);
    track->buckets = buckets;
    track->bucket_count = count;
}

/* Where the object's address is kept: the link that points at it, or at NULL for an unknown handle.
 */
static struct cvl_track_object **find(struct cvl_track *track, const void *handle)
{
    struct cvl_track_object **link = &track->buckets[bucket_of(handle, track->bucket_count)];
    while (*link && (*link)->handle != handle)
        link = &(*link)->next;
    return link;
}

static void unlink_object(struct cvl_track *track, struct cvl_track_object **link)
{
    *link = (*link)->next;
    track->held_count--;
}

static bool reserve_event(struct cvl_track *track)
{
    if (track->event_count < track->event_capacity)
        return true;
    size_t capacity = track->event_capacity ? 2 * track->event_capacity : FIRST_EVENTS;
    struct cvl_layer_event *events = capacity <= SIZE_MAX / sizeof *events
                                         ? realloc(track->events, capacity * sizeof *events)
                                         : NULL;
    if (!events)
        return false;
    track->events = events;
    track->event_capacity = capacity;
    return true;
}

static void record(struct cvl_track *track, enum cvl_layer_event_kind kind,
                   const struct cvl_track_object *object)
{
    struct timespec now;
    if (!track->recording)
        return;
    if (!reserve_event(track)) {
        track->counters.lost++;
        return;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    track->events[track->event_count++] = (struct cvl_layer_event){
        .time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
        .object = object->number,
        .bytes = object->bytes,
        .live_bytes = track->counters.live_bytes,
        .kind = (uint32_t)kind,
        .owner = (uint32_t)object->owner,
        .stage = track->stage,
    };
}

static void add_bytes(uint64_t *live, uint64_t *peak, uint64_t bytes)
{
    *live += bytes;
    if (*live > *peak)
        *peak = *live;
}

static void enter(struct cvl_track *track, struct cvl_track_object *object)
{
    struct cvl_layer_counters *counters = &track->counters;
    object->number = ++counters->created;
    object->owner = track->owner;
    add_bytes(&counters->live_bytes, &counters->peak_bytes, object->bytes);
    add_bytes(&counters->owner_live_bytes[object->owner],
              &counters->owner_peak_bytes[object->owner], object->bytes);
    record(track, CVL_LAYER_CREATE, object);
}

/* Of an object that is not in the table. */
static void leave(struct cvl_track *track, struct cvl_track_object *object)
{
    struct cvl_layer_counters *counters = &track->counters;
    counters->live_bytes -= object->bytes;
    counters->owner_live_bytes[object->owner] -= object->bytes;
    if (object->references == 0)
        counters->pending--;
    record(track, CVL_LAYER_DESTROY, object);
    free(object);
}

/* The driver has given out a handle that is still in the table: the former object's end was not
 * seen here. One that is watched will still be told; any other has ended now. */
static void displace(struct cvl_track *track, struct cvl_track_object **link)
{
    struct cvl_track_object *former = *link;
    unlink_object(track, link);
    if (!former->watched)
        leave(track, former);
}

struct cvl_track_object *cvl_track_create(struct cvl_track *track, const void *handle,
                                          uint64_t bytes, bool watched)
{
    struct cvl_track_object *object = malloc(sizeof *object);
    pthread_mutex_lock(&track->lock);
    if (track->held_count >= track->bucket_count)
        grow_table(track);
    if (!object || !track->buckets) {
        track->counters.lost++;
        free(object);
        object = NULL;
        goto done;
    }
    struct cvl_track_object **link = find(track, handle);
    if (*link)
        displace(track, link);
    link = &track->buckets[bucket_of(handle, track->bucket_count)];
    *object = (struct cvl_track_object){
        .next = *link, .handle = handle, .bytes = bytes, .references = 1, .watched = watched};
    *link = object;
    track->held_count++;
    enter(track, object);
done:
    pthread_mutex_unlock(&track->lock);
    return object;
}

void cvl_track_unwatch(struct cvl_track *track, struct cvl_track_object *object)
{
    if (!object)
        return;
    pthread_mutex_lock(&track->lock);
    object->watched = false;
    pthread_mutex_unlock(&track->lock);
}

void cvl_track_retain(struct cvl_track *track, const void *handle)
{
    pthread_mutex_lock(&track->lock);
    struct cvl_track_object *object = track->buckets ? *find(track, handle) : NULL;
    if (object)
        object->references++;
    pthread_mutex_unlock(&track->lock);
}

struct cvl_track_object *cvl_track_release(struct cvl_track *track, const void *handle)
{
    struct cvl_track_object *unwatched = NULL;
    pthread_mutex_lock(&track->lock);
    struct cvl_track_object **link = track->buckets ? find(track, handle) : NULL;
    struct cvl_track_object *object = link ? *link : NULL;
    if (object && --object->references == 0) {
        unlink_object(track, link);
        track->counters.pending++;
        record(track, CVL_LAYER_RELEASE, object);
        unwatched = object->watched ? NULL : object;
    }
    pthread_mutex_unlock(&track->lock);
    return unwatched;
}

void cvl_track_destroy(struct cvl_track *track, struct cvl_track_object *object)
{
    if (!object)
        return;
    pthread_mutex_lock(&track->lock);
    if (object->references != 0) { /* destroyed under the application's feet, or displaced */
        struct cvl_track_object **link = find(track, object->handle);
        if (*link == object)
            unlink_object(track, link);
    }
    leave(track, object);
    pthread_mutex_unlock(&track->lock);
}

void cvl_track_label(struct cvl_track *track, enum cvl_layer_owner owner, uint32_t stage)
{
    pthread_mutex_lock(&track->lock);
    track->owner = owner;
    track->stage = stage;
    pthread_mutex_unlock(&track->lock);
}

void cvl_track_counters(struct cvl_track *track, struct cvl_layer_counters *out)
{
    pthread_mutex_lock(&track->lock);
    *out = track->counters;
    out->events = track->event_count;
    pthread_mutex_unlock(&track->lock);
}

void cvl_track_reset_peaks(struct cvl_track *track)
{
    pthread_mutex_lock(&track->lock);
    struct cvl_layer_counters *counters = &track->counters;
    counters->peak_bytes = counters->live_bytes;
    for (int i = 0; i < CVL_LAYER_OWNER_COUNT; i++)
        counters->owner_peak_bytes[i] = counters->owner_live_bytes[i];
    pthread_mutex_unlock(&track->lock);
}

void cvl_track_record_events(struct cvl_track *track)
{
    pthread_mutex_lock(&track->lock);
    track->recording = true;
    pthread_mutex_unlock(&track->lock);
}

size_t cvl_track_events(struct cvl_track *track, uint64_t from, struct cvl_layer_event *out,
                        size_t capacity)
{
    size_t count = 0;
    pthread_mutex_lock(&track->lock);
    if (from < track->event_count) {
        count = track->event_count - (size_t)from;
        count = count < capacity ? count : capacity;
        memcpy(out, track->events + from, count * sizeof *out);
    }
    pthread_mutex_unlock(&track->lock);
    return count;
}

void cvl_track_forget_events(struct cvl_track *track)
{
    pthread_mutex_lock(&track->lock);
    track->event_count = 0;
    pthread_mutex_unlock(&track->lock);
}

void cvl_track_clear(struct cvl_track *track)
{
    for (size_t i = 0; i < track->bucket_count; i++) {
        for (struct cvl_track_object *object = track->buckets[i], *next; object; object = next) {
            next = object->next;
            free(object);
        }
    }
    free(track->buckets);
    free(track->events);
    track->buckets = NULL;
    track->events = NULL;
    track->bucket_count = track->held_count = 0;
    track->event_count = track->event_capacity = 0;
}

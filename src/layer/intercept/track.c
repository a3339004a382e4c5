/* The layer's tracker. */
#include "layer/intercept/track.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* An object stays in the table while the application holds a reference; after that, only its
 * callback knows it. So a handle that the driver reuses never finds the former object. */
struct cvl_track_object {
    struct cvl_handle_entry entry;
    uint64_t number, bytes, asked_bytes;
    uint64_t references; /* of the application */
    uint64_t *kernels;   /* one bit for each kernel that has used it */
    uint32_t kernel_words;
    enum cvl_layer_owner owner;
    enum cvl_log_object kind;
    bool watched;
};

enum { FIRST_EVENTS = 256, WORD_BITS = 64 };

static struct cvl_track_object *object_of(struct cvl_handle_entry **link)
{
    return link ? (struct cvl_track_object *)(void *)*link : NULL;
}

static bool is_shared_memory(const struct cvl_track_object *object)
{
    return object->kind >= CVL_LOG_SVM;
}

static void free_object(struct cvl_track_object *object)
{
    free(object->kernels);
    free(object);
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

/* Writes the end of an object to the trace. log_create writes creations, which have more fields. */
static void log_end(struct cvl_track *track, enum cvl_layer_event_kind kind, uint64_t number)
{
    struct cvl_log_end record = {.object = number};
    if (track->log && kind != CVL_LAYER_CREATE)
        (void)cvl_log_append(track->log,
                             kind == CVL_LAYER_RELEASE ? CVL_LOG_RELEASE : CVL_LOG_DESTROY, &record,
                             sizeof record, NULL, 0);
}

static void record(struct cvl_track *track, enum cvl_layer_event_kind kind,
                   const struct cvl_track_object *object)
{
    struct timespec now;
    log_end(track, kind, object->number);
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

static void add_object(struct cvl_track *track, struct cvl_track_object *object)
{
    struct cvl_layer_counters *counters = &track->counters;
    object->number = ++counters->created;
    object->owner = track->owner;
    add_bytes(&counters->live_bytes, &counters->peak_bytes, object->bytes);
    add_bytes(&counters->owner_live_bytes[object->owner],
              &counters->owner_peak_bytes[object->owner], object->bytes);
    record(track, CVL_LAYER_CREATE, object);
}

/* Removes an object that is no longer in the table. */
static void remove_object(struct cvl_track *track, struct cvl_track_object *object)
{
    struct cvl_layer_counters *counters = &track->counters;
    counters->live_bytes -= object->bytes;
    counters->owner_live_bytes[object->owner] -= object->bytes;
    if (object->references == 0)
        counters->pending--;
    record(track, CVL_LAYER_DESTROY, object);
    free_object(object);
}

static void log_create(struct cvl_track *track, const struct cvl_track_object *object,
                       const struct cvl_track_creation *creation)
{
    const struct cvl_track_object *parent =
        creation->parent ? object_of(cvl_handles_find(&track->held, creation->parent)) : NULL;
    struct cvl_log_create record = {
        .object = object->number,
        .parent = parent ? parent->number : 0,
        .asked_bytes = creation->asked_bytes,
        .counted_bytes = creation->bytes,
        .flags = creation->flags,
        .object_kind = (uint32_t)creation->kind,
        .stack = creation->stack,
    };
    (void)cvl_log_append(track->log, CVL_LOG_CREATE, &record, sizeof record, NULL, 0);
}

/* The driver has reused a handle that is still in the table: the layer did not see the release of
 * the former object. If that one is watched, its end will still be reported; otherwise it ends
 * now. */
static void displace(struct cvl_track *track, const void *handle)
{
    struct cvl_handle_entry **link = cvl_handles_find(&track->held, handle);
    struct cvl_track_object *former = object_of(link);
    if (!former)
        return;
    cvl_handles_unlink(&track->held, link);
    log_end(track, CVL_LAYER_RELEASE, former->number);
    if (!former->watched)
        remove_object(track, former);
}

struct cvl_track_object *cvl_track_create(struct cvl_track *track,
                                          const struct cvl_track_creation *creation)
{
    struct cvl_track_object *object = malloc(sizeof *object);
    pthread_mutex_lock(&track->lock);
    if (!object || !cvl_handles_reserve(&track->held)) {
        track->counters.lost++;
        if (track->log)
            cvl_log_count_unknown(track->log);
        free(object);
        object = NULL;
        goto done;
    }
    displace(track, creation->handle);
    *object = (struct cvl_track_object){
        .entry.handle = creation->handle,
        .bytes = creation->bytes,
        .asked_bytes = creation->asked_bytes,
        .references = 1,
        .kind = creation->kind,
        .watched = creation->watched,
    };
    cvl_handles_add(&track->held, &object->entry);
    track->has_shared = track->has_shared || is_shared_memory(object);
    add_object(track, object);
    if (track->log)
        log_create(track, object, creation);
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
    struct cvl_track_object *object = object_of(cvl_handles_find(&track->held, handle));
    if (object)
        object->references++;
    pthread_mutex_unlock(&track->lock);
}

struct cvl_track_object *cvl_track_release(struct cvl_track *track, const void *handle)
{
    struct cvl_track_object *unwatched = NULL;
    pthread_mutex_lock(&track->lock);
    struct cvl_handle_entry **link = cvl_handles_find(&track->held, handle);
    struct cvl_track_object *object = object_of(link);
    if (object && --object->references == 0) {
        cvl_handles_unlink(&track->held, link);
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
    if (object->references != 0) { /* destroyed while the application holds it, or displaced */
        struct cvl_handle_entry **link = cvl_handles_find(&track->held, object->entry.handle);
        if (object_of(link) == object)
            cvl_handles_unlink(&track->held, link);
    }
    remove_object(track, object);
    pthread_mutex_unlock(&track->lock);
}

/* Finds the shared memory that contains an address. Programs usually pass its start, which the
 * table finds at once. */
static struct cvl_track_object *find_containing(const struct cvl_track *track, const void *address)
{
    for (size_t i = 0; i < track->held.bucket_count; i++) {
        for (struct cvl_handle_entry *entry = track->held.buckets[i]; entry; entry = entry->next) {
            struct cvl_track_object *object = (struct cvl_track_object *)(void *)entry;
            uintptr_t start = (uintptr_t)entry->handle, at = (uintptr_t)address;
            if (is_shared_memory(object) && at >= start && at - start < object->asked_bytes)
                return object;
        }
    }
    return NULL;
}

/* @return true if the kernel had not used the object before */
static bool mark_used(struct cvl_track_object *object, uint32_t kernel)
{
    uint32_t word = kernel / WORD_BITS;
    if (word >= object->kernel_words) {
        uint64_t *kernels = realloc(object->kernels, (word + 1) * sizeof *kernels);
        if (!kernels)
            return false;
        memset(kernels + object->kernel_words, 0,
               (word + 1 - object->kernel_words) * sizeof *kernels);
        object->kernels = kernels;
        object->kernel_words = word + 1;
    }
    uint64_t bit = UINT64_C(1) << kernel % WORD_BITS;
    bool first = !(object->kernels[word] & bit);
    object->kernels[word] |= bit;
    return first;
}

uint64_t cvl_track_use(struct cvl_track *track, const void *handle, uint32_t kernel)
{
    uint64_t bytes = 0;
    pthread_mutex_lock(&track->lock);
    struct cvl_track_object *object = object_of(cvl_handles_find(&track->held, handle));
    if (!object && track->has_shared)
        object = find_containing(track, handle);
    if (object) {
        struct cvl_log_use record = {.object = object->number, .kernel = kernel};
        bytes = object->asked_bytes;
        if (mark_used(object, kernel) && track->log)
            (void)cvl_log_append(track->log, CVL_LOG_USE, &record, sizeof record, NULL, 0);
    }
    pthread_mutex_unlock(&track->lock);
    return bytes;
}

bool cvl_track_holds(struct cvl_track *track, const void *handle)
{
    pthread_mutex_lock(&track->lock);
    bool holds = object_of(cvl_handles_find(&track->held, handle)) != NULL;
    pthread_mutex_unlock(&track->lock);
    return holds;
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
    for (size_t i = 0; i < track->held.bucket_count; i++) {
        for (struct cvl_handle_entry *entry = track->held.buckets[i], *next; entry; entry = next) {
            next = entry->next;
            free_object((struct cvl_track_object *)(void *)entry);
        }
    }
    free(track->held.buckets);
    free(track->events);
    track->held = (struct cvl_handles){0};
    track->events = NULL;
    track->event_count = track->event_capacity = 0;
}

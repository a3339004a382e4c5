/* The layer's books: memory objects by handle, counters and events. Knows nothing of OpenCL; a
 * handle is any address that is unique among the objects the application holds. Every function is
 * safe to call from any thread, and none calls back. */
#ifndef CVL_LAYER_INTERCEPT_TRACK_H
#define CVL_LAYER_INTERCEPT_TRACK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layer/intercept/handles.h"
#include "layer/intercept/layer_api.h"
#include "layer/intercept/log.h"

/* One memory object, from its creation until its destruction is told. */
struct cvl_track_object;

/* What is known of an object when it is made. */
struct cvl_track_birth {
    const void *handle;
    const void *parent;   /* the object that it is a part of; NULL: none */
    uint64_t asked_bytes; /* as the application said */
    uint64_t bytes;       /* what it counts */
    uint64_t flags;
    enum cvl_log_object kind;
    uint32_t stack; /* of its maker, from callers.h */
    bool watched;   /* somebody will call cvl_track_destroy when the driver has destroyed it */
};

struct cvl_track {
    pthread_mutex_t lock;
    struct cvl_handles held; /* objects that the application holds */
    struct cvl_layer_event *events;
    size_t event_count, event_capacity;
    struct cvl_layer_counters counters;
    enum cvl_layer_owner owner; /* the label */
    uint32_t stage;
    bool has_shared;     /* there was shared memory, whose addresses are not only handles */
    bool recording;      /* events are wanted */
    struct cvl_log *log; /* a trace is wanted; NULL: none */
};

/* Everything else starts at zero. */
#define CVL_TRACK_INITIALIZER                                                                      \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* Frees what the books hold; objects released but not destroyed must not be told any more. */
void cvl_track_clear(struct cvl_track *track);

/* Enters an object of one reference. The end of one that is not watched is told by the caller of
 * cvl_track_release.
 * @return the object; NULL where the host is out of memory: it is then missing from all figures */
struct cvl_track_object *cvl_track_create(struct cvl_track *track,
                                          const struct cvl_track_birth *birth);
/* The watch could not be set up after all. NULL is allowed. */
void cvl_track_unwatch(struct cvl_track *track, struct cvl_track_object *object);

/* The application takes and gives back a reference; unknown handles are ignored.
 * @return of release: the object where that was the last reference and nobody watches it, for
 * cvl_track_destroy after the driver has been told; else NULL */
void cvl_track_retain(struct cvl_track *track, const void *handle);
struct cvl_track_object *cvl_track_release(struct cvl_track *track, const void *handle);

/* The driver has destroyed the object, which ends here. NULL is allowed. */
void cvl_track_destroy(struct cvl_track *track, struct cvl_track_object *object);

/* A kernel (its number in the trace) is launched with that object; of shared memory the address
 * may lie anywhere in it.
 * @return the bytes that were asked for it; 0 for what is no object */
uint64_t cvl_track_use(struct cvl_track *track, const void *handle, uint32_t kernel);
/* Is it an object that the application holds? */
bool cvl_track_holds(struct cvl_track *track, const void *handle);

/* What layer_api.h offers. */
void cvl_track_label(struct cvl_track *track, enum cvl_layer_owner owner, uint32_t stage);
void cvl_track_counters(struct cvl_track *track, struct cvl_layer_counters *out);
void cvl_track_reset_peaks(struct cvl_track *track);
void cvl_track_record_events(struct cvl_track *track);
size_t cvl_track_events(struct cvl_track *track, uint64_t from, struct cvl_layer_event *out,
                        size_t capacity);
void cvl_track_forget_events(struct cvl_track *track);

#endif

/* The layer's tracker: memory objects by handle, counters and events. It knows nothing about
 * OpenCL; a handle is any address that is unique among the objects that the application holds. All
 * functions are thread-safe, and none calls back. */
#ifndef CVL_LAYER_INTERCEPT_TRACK_H
#define CVL_LAYER_INTERCEPT_TRACK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layer/intercept/handles.h"
#include "layer/intercept/layer_api.h"
#include "layer/intercept/log.h"

/* One memory object, from its creation until its destruction is reported. */
struct cvl_track_object;

/* What is known of an object when it is created. */
struct cvl_track_creation {
    const void *handle;
    const void *parent;   /* the object that it is a part of; NULL: none */
    uint64_t asked_bytes; /* as the application requested */
    uint64_t bytes;       /* what it counts */
    uint64_t flags;
    enum cvl_log_object kind;
    uint32_t stack; /* of its creator, from callers.h */
    bool watched;   /* a callback will report its destruction to cvl_track_destroy */
};

struct cvl_track {
    pthread_mutex_t lock;
    struct cvl_handles held; /* objects that the application holds */
    struct cvl_layer_event *events;
    size_t event_count, event_capacity;
    struct cvl_layer_counters counters;
    enum cvl_layer_owner owner; /* the current label */
    uint32_t stage;
    bool has_shared;     /* shared memory was allocated: an address may point into an object */
    bool recording;      /* events are wanted */
    struct cvl_log *log; /* a trace is wanted; NULL: none */
};

/* Everything else starts at zero. */
#define CVL_TRACK_INITIALIZER                                                                      \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* Frees the tables. No later call may report the destruction of a released object. */
void cvl_track_clear(struct cvl_track *track);

/* Adds an object with one reference. If it is not watched, the caller of cvl_track_release reports
 * its end.
 * @return the object; NULL if the host is out of memory: all figures then lack it */
struct cvl_track_object *cvl_track_create(struct cvl_track *track,
                                          const struct cvl_track_creation *creation);
/* The destructor callback could not be set after all. NULL is allowed. */
void cvl_track_unwatch(struct cvl_track *track, struct cvl_track_object *object);

/* The application takes or drops a reference; unknown handles are ignored.
 * @return of release: the object if that was the last reference and it is not watched; pass it to
 *         cvl_track_destroy after the driver has released it; else NULL */
void cvl_track_retain(struct cvl_track *track, const void *handle);
struct cvl_track_object *cvl_track_release(struct cvl_track *track, const void *handle);

/* The driver has destroyed the object; frees it. NULL is allowed. */
void cvl_track_destroy(struct cvl_track *track, struct cvl_track_object *object);

/* A kernel (by its number in the trace) is launched with that object. An address in shared memory
 * may be anywhere in the object.
 * @return the bytes that were requested for it; 0 if it is not an object */
uint64_t cvl_track_use(struct cvl_track *track, const void *handle, uint32_t kernel);
/* Is it an object that the application holds? */
bool cvl_track_holds(struct cvl_track *track, const void *handle);

/* The functions of layer_api.h. */
void cvl_track_label(struct cvl_track *track, enum cvl_layer_owner owner, uint32_t stage);
void cvl_track_counters(struct cvl_track *track, struct cvl_layer_counters *out);
void cvl_track_reset_peaks(struct cvl_track *track);
void cvl_track_record_events(struct cvl_track *track);
size_t cvl_track_events(struct cvl_track *track, uint64_t from, struct cvl_layer_event *out,
                        size_t capacity);
void cvl_track_forget_events(struct cvl_track *track);

#endif

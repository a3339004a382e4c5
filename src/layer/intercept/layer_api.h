/* What the allocation-tracking layer offers to a program that finds it loaded and looks up this
 * interface by name. Plain C, no OpenCL types. All functions are thread-safe. */
#ifndef CVL_LAYER_INTERCEPT_LAYER_API_H
#define CVL_LAYER_INTERCEPT_LAYER_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CVL_LAYER_API_VERSION = 1 };

/* Whose allocations follow: a process-wide label that events carry until the next one is set. */
enum cvl_layer_owner { CVL_LAYER_LIBRARY, CVL_LAYER_OWN, CVL_LAYER_OWNER_COUNT };

enum cvl_layer_event_kind { CVL_LAYER_CREATE, CVL_LAYER_RELEASE, CVL_LAYER_DESTROY };

struct cvl_layer_event {
    uint64_t time_ns; /* CLOCK_MONOTONIC */
    uint64_t object;  /* number of the memory object, from 1 in order of creation; never reused */
    uint64_t bytes;   /* what the object counts: 0 for a sub-buffer */
    uint64_t live_bytes; /* of both owners, after the event */
    uint32_t kind;       /* enum cvl_layer_event_kind; RELEASE: the last reference was dropped */
    uint32_t owner;      /* enum cvl_layer_owner, of the object */
    uint32_t stage;      /* the label at the time of the event */
    uint32_t reserved;
};

struct cvl_layer_counters {
    uint64_t live_bytes; /* created and not yet destroyed */
    uint64_t peak_bytes; /* of live_bytes since the last reset */
    uint64_t owner_live_bytes[CVL_LAYER_OWNER_COUNT];
    uint64_t owner_peak_bytes[CVL_LAYER_OWNER_COUNT];
    uint64_t created; /* objects created so far */
    uint64_t pending; /* released by the application, not yet destroyed by the driver */
    uint64_t events;  /* recorded so far */
    uint64_t lost;    /* objects and events lost because the host was out of memory */
};

struct cvl_layer_api {
    uint32_t version;
    /* Has the OpenCL loader initialised this copy of the layer, so that calls go through it? */
    bool (*active)(void);
    void (*label)(enum cvl_layer_owner owner, uint32_t stage);
    void (*counters)(struct cvl_layer_counters *out);
    void (*reset_peaks)(void); /* peaks := live */
    /* Copies the events from number `from` on and returns how many. Events are kept until
     * forget_events. */
    size_t (*events)(uint64_t from, struct cvl_layer_event *out, size_t capacity);
    void (*forget_events)(void); /* drops all events; numbers start at 0 again */
};

/* The shared object exports this name. Events are recorded from the first call on: in a program
 * that never reads them, they would only grow. */
const struct cvl_layer_api *cvl_layer_api(void);

#endif

/* Reads the layer's counters and events. */
#include "layer/ledger.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

#include "base/layer_file.h"
#include "base/text.h"
#include "layer/intercept/layer_api.h"

struct cvl_ledger {
    void *library; /* a reference to the layer's shared object */
    const struct cvl_layer_api *layer;
    uint64_t begin_ns;      /* CLOCK_MONOTONIC, when the pass began */
    uint64_t begin_created; /* objects created before */
    uint64_t begin_lost;
};

static enum cvl_status connect_layer(struct cvl_ledger *ledger, struct cvl_error *err)
{
    const struct cvl_layer_api *(*layer_api)(void);
    const char *reason;
    const char *path = cvl_layer_file_path(&reason);
    if (!path)
        return cvl_fail(err, CVL_UNSUPPORTED, "memory/ledger: %s", reason);
    ledger->library = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
    if (!ledger->library)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "memory/ledger: the OpenCL loader has not loaded the layer: it does not "
                        "support layers, "
                        "or was loaded before OPENCL_LAYERS named this one");
    /* ISO C has no cast from an object's address to a function's; POSIX defines this one. */
    *(void **)&layer_api = dlsym(ledger->library, "cvl_layer_api");
    if (!layer_api)
        return cvl_fail(err, CVL_UNSUPPORTED, "memory/ledger: the layer has no cvl_layer_api");
    ledger->layer = layer_api();
    if (ledger->layer->version != CVL_LAYER_API_VERSION)
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "memory/ledger: the layer has version %u, expected %d",
                        ledger->layer->version, CVL_LAYER_API_VERSION);
    if (!ledger->layer->active())
        return cvl_fail(err, CVL_UNSUPPORTED,
                        "memory/ledger: the OpenCL loader has rejected the layer");
    return CVL_OK;
}

enum cvl_status cvl_ledger_create(struct cvl_ledger **out, struct cvl_error *err)
{
    struct cvl_ledger *ledger = calloc(1, sizeof *ledger);
    *out = NULL;
    if (!ledger)
        return cvl_fail(err, CVL_NO_MEMORY, "memory/ledger: out of memory");
    enum cvl_status status = connect_layer(ledger, err);
    if (status == CVL_OK) {
        cvl_ledger_begin(ledger);
        *out = ledger;
        ledger = NULL;
    }
    cvl_ledger_destroy(&ledger);
    return status;
}

void cvl_ledger_destroy(struct cvl_ledger **ledger)
{
    if (!*ledger)
        return;
    if ((*ledger)->library)
        dlclose((*ledger)->library);
    free(*ledger);
    *ledger = NULL;
}

void cvl_ledger_own(struct cvl_ledger *ledger, uint32_t stage)
{
    ledger->layer->label(CVL_LAYER_OWN, stage);
}

void cvl_ledger_library(struct cvl_ledger *ledger, uint32_t stage)
{
    ledger->layer->label(CVL_LAYER_LIBRARY, stage);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void cvl_ledger_begin(struct cvl_ledger *ledger)
{
    struct cvl_layer_counters counters;
    ledger->layer->forget_events();
    ledger->layer->reset_peaks();
    ledger->layer->counters(&counters);
    ledger->begin_created = counters.created;
    ledger->begin_lost = counters.lost;
    ledger->begin_ns = now_ns();
}

void cvl_ledger_read(struct cvl_ledger *ledger, struct cvl_ledger_reading *out)
{
    struct cvl_layer_counters counters;
    ledger->layer->counters(&counters);
    *out = (struct cvl_ledger_reading){
        .live_bytes = counters.live_bytes,
        .peak_bytes = counters.peak_bytes,
        .own_live_bytes = counters.owner_live_bytes[CVL_LAYER_OWN],
        .own_peak_bytes = counters.owner_peak_bytes[CVL_LAYER_OWN],
        .library_live_bytes = counters.owner_live_bytes[CVL_LAYER_LIBRARY],
        .library_peak_bytes = counters.owner_peak_bytes[CVL_LAYER_LIBRARY],
        .created = counters.created - ledger->begin_created,
    };
}

void cvl_ledger_reset_peaks(struct cvl_ledger *ledger)
{
    ledger->layer->reset_peaks();
}

bool cvl_ledger_settle(struct cvl_ledger *ledger, double limit_s)
{
    /* The driver destroys objects on a thread of its own, within microseconds of their last use. */
    static const struct timespec pause = {.tv_nsec = 50000};
    uint64_t begin_ns = now_ns();
    struct cvl_layer_counters counters;
    for (;;) {
        ledger->layer->counters(&counters);
        if (counters.pending == 0)
            return true;
        if ((double)(now_ns() - begin_ns) >= limit_s * 1e9)
            return false;
        (void)nanosleep(&pause, NULL);
    }
}

/* Copies the pass's events; the caller frees *out. */
static enum cvl_status copy_events(struct cvl_ledger *ledger, struct cvl_layer_event **out,
                                   size_t *count, struct cvl_error *err)
{
    struct cvl_layer_counters counters;
    ledger->layer->counters(&counters);
    *count = 0;
    if (counters.lost != ledger->begin_lost)
        return cvl_fail(err, CVL_NO_MEMORY, "memory/ledger: out of memory; events were lost");
    *out = calloc((size_t)counters.events + 1, sizeof **out); /* the size is never 0 */
    if (!*out)
        return cvl_fail(err, CVL_NO_MEMORY, "memory/ledger: out of memory");
    *count = ledger->layer->events(0, *out, (size_t)counters.events);
    return CVL_OK;
}

/* The names of the pass's own objects, by object number. */
struct name_list {
    const char *const *names;
    size_t name_count, used;
    const char **by_object; /* number - first; NULL: no name */
    uint64_t first;
    size_t object_count;
};

static const char *name_of(struct name_list *list, const struct cvl_layer_event *event)
{
    if (event->object < list->first || event->object - list->first >= list->object_count)
        return NULL; /* from before the pass */
    const char **name = &list->by_object[event->object - list->first];
    if (event->kind == CVL_LAYER_CREATE && event->owner == CVL_LAYER_OWN &&
        list->used < list->name_count)
        *name = list->names[list->used++];
    return *name;
}

static void fill_entry(const struct cvl_ledger *ledger, const struct cvl_layer_event *event,
                       const char *name, struct cvl_row_allocation *entry)
{
    static const char *const kinds[] = {
        [CVL_LAYER_CREATE] = "create",
        [CVL_LAYER_RELEASE] = "release",
        [CVL_LAYER_DESTROY] = "destroy",
    };
    bool own = event->owner == CVL_LAYER_OWN;
    entry->stage = event->stage;
    entry->bytes = event->bytes;
    entry->live_bytes = event->live_bytes;
    if (event->time_ns > ledger->begin_ns) /* a driver's thread may have been faster */
        entry->time_s = (double)(event->time_ns - ledger->begin_ns) * 1e-9;
    cvl_copy(entry->event, sizeof entry->event, kinds[event->kind]);
    cvl_copy(entry->owner, sizeof entry->owner, own ? "own" : "library");
    cvl_copy(entry->name, sizeof entry->name, name ? name : "");
}

enum cvl_status cvl_ledger_timeline(struct cvl_ledger *ledger, enum cvl_policy policy,
                                    const char *const *names, size_t name_count,
                                    struct cvl_row_allocation **entries, size_t *count,
                                    struct cvl_error *err)
{
    struct cvl_layer_event *events = NULL;
    size_t event_count = 0;
    struct name_list list = {.names = names, .name_count = names ? name_count : 0};
    enum cvl_status status = copy_events(ledger, &events, &event_count, err);
    if (status != CVL_OK || event_count == 0)
        goto done;
    list.first = ledger->begin_created + 1;
    list.object_count = event_count; /* each object of the pass has its own creation event */
    list.by_object = calloc(list.object_count, sizeof *list.by_object);
    struct cvl_row_allocation *grown =
        list.by_object ? realloc(*entries, (*count + event_count) * sizeof *grown) : NULL;
    if (!grown) {
        status = cvl_fail(err, CVL_NO_MEMORY, "memory/ledger: out of memory");
        goto done;
    }
    for (size_t i = 0; i < event_count; i++) {
        struct cvl_row_allocation *entry = &grown[*count + i];
        *entry = (struct cvl_row_allocation){.policy = policy};
        fill_entry(ledger, &events[i], name_of(&list, &events[i]), entry);
    }
    *entries = grown;
    *count += event_count;
done:
    free(list.by_object);
    free(events);
    return status;
}

/* Marks, windows, and what they say. */
#include "probes/load.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"

extern const struct cvl_load_source cvl_load_processors, cvl_load_nvml, cvl_load_amdgpu;

struct cvl_load {
    struct cvl_probe_context context;
    const struct cvl_load_source *source; /* NULL: unknown */
    void *state;
    struct cvl_load_reading near, far; /* the last marks, a window apart at least */
};

static const struct cvl_load_source *const sources[] = {&cvl_load_processors, &cvl_load_nvml,
                                                        &cvl_load_amdgpu};

const struct cvl_load_source *cvl_load_source_find(const struct cvl_device_facts *device)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        if (sources[i]->answers(device))
            return sources[i];
    return NULL;
}

enum cvl_status cvl_load_create(const struct cvl_probe_context *context, struct cvl_load **out,
                                struct cvl_error *err)
{
    struct cvl_error reason = {0};
    struct cvl_load *load = calloc(1, sizeof *load);
    *out = load;
    if (!load)
        return cvl_fail(err, CVL_NO_MEMORY, "load: out of memory");
    *load = (struct cvl_load){.context = *context, .source = cvl_load_source_find(context->device)};
    load->near.at_s = load->far.at_s = (double)NAN;
    if (!load->source || !load->source->open ||
        load->source->open(&load->context, &load->state, &reason) == CVL_OK)
        return CVL_OK;
    cvl_log(CVL_LOG_INFO, "the load of the device is unknown: %s", reason.text);
    load->source = NULL;
    return CVL_OK;
}

void cvl_load_destroy(struct cvl_load **load)
{
    if (*load && (*load)->source && (*load)->source->close)
        (*load)->source->close((*load)->state);
    free(*load);
    *load = NULL;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

/* Compilers and linkers that a driver started are ours. */
static double own_s(void)
{
    struct timespec own = {0};
    struct rusage children = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    return (double)own.tv_sec + (double)own.tv_nsec * 1e-9 + seconds(children.ru_utime) +
           seconds(children.ru_stime);
}

static struct cvl_load_reading read_now(struct cvl_load *load)
{
    struct cvl_load_reading reading = {.share = (double)NAN};
    struct cvl_error reason = {0};
    const double at_s = cvl_host_now();
    if (load->source->read(&load->context, load->state, at_s, own_s(), &reading, &reason) != CVL_OK)
        reading = (struct cvl_load_reading){.others_s = (double)NAN, .share = (double)NAN};
    reading.at_s = at_s;
    return reading;
}

void cvl_load_mark(struct cvl_load *load)
{
    if (!load->source || cvl_host_now() - load->near.at_s < CVL_LOAD_WINDOW_S)
        return;
    load->far = load->near;
    load->near = read_now(load);
}

struct cvl_load_figure cvl_load_since_mark(struct cvl_load *load)
{
    if (!load->source)
        return (struct cvl_load_figure){.load = (double)NAN};
    if (load->near.processors == 0) /* our own work is in what a GPU shows now */
        return cvl_load_between(&load->far, &load->near);
    const struct cvl_load_reading now = read_now(load);
    const bool is_short = !(now.at_s - load->near.at_s >= CVL_LOAD_WINDOW_S);
    return cvl_load_between(is_short ? &load->far : &load->near, &now);
}

struct cvl_load_figure cvl_load_between(const struct cvl_load_reading *begin,
                                        const struct cvl_load_reading *end)
{
    struct cvl_load_figure figure = {.load = (double)NAN, .processors = end->processors};
    const double length_s = end->at_s - begin->at_s;
    if (begin->processors != end->processors || !(length_s >= CVL_LOAD_WINDOW_S))
        return figure;
    if (end->processors == 0) {
        figure.load = fmin(begin->share, end->share);
        return figure;
    }
    const double others_s = end->others_s - begin->others_s;
    if (!isnan(others_s))
        figure.load = fmax(0.0, fmax(others_s, end->stolen_s - begin->stolen_s) / length_s);
    return figure;
}

void cvl_load_doubt(const struct cvl_load_figure *figure, char *text, size_t size)
{
    text[0] = '\0';
    if (!(figure->load >= CVL_LOAD_IN_DOUBT))
        return;
    if (figure->processors == 0)
        (void)snprintf(text, size, "other processes used %.0f %% of the device",
                       100.0 * figure->load);
    else
        (void)snprintf(text, size, "other processes used %.1f of %u processor%s", figure->load,
                       figure->processors, figure->processors == 1 ? "" : "s");
}

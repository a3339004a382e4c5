/* Watches the probes of a device during a memory pass. */
#include "probes/probe_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct watched {
    const struct cvl_probe *probe;
    void *state;
    bool is_open;
    bool is_peak_reset; /* the probe's own peak covers this policy only */
    bool has_fallen;    /* below its level before the pass */
    struct cvl_probe_reading first, last;
    bool has_sampled;          /* in this policy */
    uint64_t peak_bytes;       /* in this policy, absolute */
    uint64_t others_low_bytes; /* lowest figure of other processes */
    uint64_t *stage_bytes;     /* owned; above the level before the pass; CVL_ABSENT: not marked */
    struct cvl_row_measured figure; /* the result */
};

struct cvl_watch {
    const struct cvl_probe_context *context;
    struct watched *watched;
    size_t count, stages;
};

static uint64_t above(uint64_t bytes, uint64_t level)
{
    return bytes > level ? bytes - level : 0;
}

static void note_others(struct watched *w, uint64_t others_bytes)
{
    if (others_bytes == CVL_ABSENT)
        return;
    uint64_t *highest = &w->figure.others_bytes;
    *highest = *highest == CVL_ABSENT || others_bytes > *highest ? others_bytes : *highest;
    w->others_low_bytes = others_bytes < w->others_low_bytes ? others_bytes : w->others_low_bytes;
}

static enum cvl_status read_probe(struct cvl_watch *watch, struct watched *w, struct cvl_error *err)
{
    struct cvl_probe_reading reading = {.others_bytes = CVL_ABSENT};
    enum cvl_status status = w->probe->read(watch->context, w->state, &reading, err);
    if (status != CVL_OK)
        return status;
    w->last = reading;
    note_others(w, reading.others_bytes);
    return CVL_OK;
}

static void init_figure(struct watched *w)
{
    struct cvl_row_measured *figure = &w->figure;
    cvl_copy(figure->source, sizeof figure->source, w->probe->name);
    cvl_copy(figure->scope, sizeof figure->scope, cvl_scope_name(w->probe->scope));
    figure->resolution_bytes = w->probe->resolution_bytes;
    figure->is_part = w->probe->is_part;
    figure->kept_bytes = figure->others_bytes = w->others_low_bytes = CVL_ABSENT;
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        figure->peak_bytes[p] = figure->begin_bytes[p] = CVL_ABSENT;
}

static enum cvl_status open_probe(struct cvl_watch *watch, const struct cvl_probe *probe,
                                  struct cvl_error *err)
{
    struct watched *w = &watch->watched[watch->count];
    struct cvl_error reason = {0};
    enum cvl_status status = CVL_OK;
    w->stage_bytes = calloc(watch->stages + 1, sizeof *w->stage_bytes); /* the size is never 0 */
    if (!w->stage_bytes)
        return cvl_fail(err, CVL_NO_MEMORY, "memory/probes: out of memory");
    for (size_t s = 0; s < watch->stages; s++)
        w->stage_bytes[s] = CVL_ABSENT;
    w->probe = probe;
    watch->count++;
    init_figure(w);
    if (probe->open)
        status = probe->open(watch->context, &w->state, &reason);
    w->is_open = status == CVL_OK;
    if (status == CVL_OK)
        status = read_probe(watch, w, &reason);
    if (status == CVL_OK)
        w->first = w->last;
    else
        cvl_copy_safe(w->figure.reason, sizeof w->figure.reason, reason.text);
    return CVL_OK;
}

enum cvl_status cvl_watch_create(const struct cvl_probe_context *context,
                                 const struct cvl_probe *const *probes, size_t count, size_t stages,
                                 struct cvl_watch **out, struct cvl_error *err)
{
    *out = NULL;
    struct cvl_watch *watch = calloc(1, sizeof *watch);
    enum cvl_status status = CVL_OK;
    if (watch)
        watch->watched = calloc(count + 1, sizeof *watch->watched);
    if (!watch || !watch->watched) {
        free(watch);
        return cvl_fail(err, CVL_NO_MEMORY, "memory/probes: out of memory");
    }
    watch->context = context;
    watch->stages = stages;
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        if (!probes[i]->answers || probes[i]->answers(context->device))
            status = open_probe(watch, probes[i], err);
    if (status != CVL_OK)
        cvl_watch_destroy(&watch);
    *out = watch;
    return status;
}

void cvl_watch_destroy(struct cvl_watch **watch)
{
    if (!*watch)
        return;
    for (size_t i = 0; i < (*watch)->count; i++) {
        struct watched *w = &(*watch)->watched[i];
        if (w->is_open && w->probe->close)
            w->probe->close(w->state);
        free(w->stage_bytes);
    }
    free((*watch)->watched);
    free(*watch);
    *watch = NULL;
}

/* Returns the next probe that has not failed so far, or NULL. */
static struct watched *next_alive(struct cvl_watch *watch, size_t *index)
{
    while (*index < watch->count) {
        struct watched *w = &watch->watched[(*index)++];
        if (w->figure.reason[0] == '\0')
            return w;
    }
    return NULL;
}

/* A probe that fails during a pass reports no figures at all: half a pass does not show its
 * peak. */
static void give_up(struct watched *w, const struct cvl_error *reason)
{
    cvl_copy_safe(w->figure.reason, sizeof w->figure.reason, reason->text);
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        w->figure.peak_bytes[p] = w->figure.begin_bytes[p] = CVL_ABSENT;
}

static void note_level(struct watched *w, uint64_t bytes)
{
    w->has_sampled = true;
    w->has_fallen |= bytes + w->probe->resolution_bytes < w->first.bytes;
    if (bytes > w->peak_bytes)
        w->peak_bytes = bytes;
}

void cvl_watch_sample(struct cvl_watch *watch)
{
    struct watched *w;
    for (size_t i = 0; (w = next_alive(watch, &i));) {
        struct cvl_error reason = {0};
        if (read_probe(watch, w, &reason) == CVL_OK)
            note_level(w, w->last.bytes);
        else
            give_up(w, &reason);
    }
}

void cvl_watch_begin(struct cvl_watch *watch, enum cvl_policy policy)
{
    struct watched *w;
    for (size_t i = 0; (w = next_alive(watch, &i));) {
        w->has_sampled = false;
        w->peak_bytes = 0;
        w->is_peak_reset = w->probe->reset_peak && w->probe->read_peak &&
                           w->probe->reset_peak(watch->context, NULL) == CVL_OK;
    }
    cvl_watch_sample(watch);
    for (size_t i = 0; (w = next_alive(watch, &i));)
        w->figure.begin_bytes[policy] = above(w->last.bytes, w->first.bytes);
}

void cvl_watch_mark(struct cvl_watch *watch, size_t stage)
{
    struct watched *w;
    for (size_t i = 0; stage < watch->stages && (w = next_alive(watch, &i));)
        w->stage_bytes[stage] = above(w->last.bytes, w->first.bytes);
}

void cvl_watch_end(struct cvl_watch *watch, enum cvl_policy policy)
{
    struct watched *w;
    for (size_t i = 0; (w = next_alive(watch, &i));) {
        struct cvl_probe_reading reading;
        if (w->is_peak_reset && w->probe->read_peak(watch->context, &reading, NULL) == CVL_OK)
            note_level(w, reading.bytes);
        if (w->has_sampled)
            w->figure.peak_bytes[policy] = above(w->peak_bytes, w->first.bytes);
    }
}

/* Writes a note: text, bytes, text. */
static void put_note(struct cvl_row_measured *figure, const char *before, uint64_t bytes,
                     const char *after)
{
    char size[24];
    cvl_print_bytes(size, sizeof size, bytes);
    (void)snprintf(figure->note, sizeof figure->note, "%s%s%s", before, size, after);
}

/* A device's figure includes other programs. */
static void note_other_programs(struct watched *w)
{
    struct cvl_row_measured *figure = &w->figure;
    bool is_known = figure->others_bytes != CVL_ABSENT;
    if (is_known && figure->others_bytes != w->others_low_bytes)
        put_note(figure, "other programs' use of the device changed by ",
                 figure->others_bytes - w->others_low_bytes, " during the pass");
    else if (is_known && figure->others_bytes > 0)
        put_note(figure, "other programs hold ", figure->others_bytes,
                 " of the device's memory, unchanged");
    else if (!is_known && figure->kept_bytes > figure->resolution_bytes)
        put_note(
            figure, "", figure->kept_bytes,
            " more than before the pass, after everything was released: other programs, or the "
            "driver's heap");
}

void cvl_watch_finish(struct cvl_watch *watch)
{
    struct watched *w;
    for (size_t i = 0; (w = next_alive(watch, &i));) {
        struct cvl_row_measured *figure = &w->figure;
        if (read_probe(watch, w, NULL) == CVL_OK)
            figure->kept_bytes = above(w->last.bytes, w->first.bytes);
        if (w->probe->scope == CVL_SCOPE_DEVICE && figure->kept_bytes != CVL_ABSENT)
            note_other_programs(w);
        if (w->has_fallen && figure->note[0] == '\0')
            cvl_copy(
                figure->note, sizeof figure->note,
                "fell below its level before the pass: memory held before the pass was released "
                "during it");
    }
}

static bool has_moved(const struct cvl_row_measured *figure)
{
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        if (figure->peak_bytes[p] != CVL_ABSENT && figure->peak_bytes[p] > 0)
            return true;
    return false;
}

static bool has_figure(const struct cvl_row_measured *figure)
{
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++)
        if (figure->peak_bytes[p] != CVL_ABSENT)
            return true;
    return false;
}

/* Prefers probes that saw a change, since a driver's file may exist but not cover OpenCL's buffers;
 * then those that cover only this process. */
static unsigned rank(const struct watched *w)
{
    return (has_moved(&w->figure) ? 2u : 0u) + (w->probe->scope == CVL_SCOPE_PROCESS ? 1u : 0u);
}

static const struct watched *find_best(const struct cvl_watch *watch)
{
    const struct watched *best = NULL;
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched *w = &watch->watched[i];
        if (!w->probe->is_part && has_figure(&w->figure) && (!best || rank(w) > rank(best)))
            best = w;
    }
    return best;
}

/* Returns the first reason that a probe gives, or that no probe answers. */
static const char *find_reason(const struct cvl_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++)
        if (!watch->watched[i].probe->is_part && watch->watched[i].figure.reason[0] != '\0')
            return watch->watched[i].figure.reason;
    return "no probe answers for this device";
}

static void fill_stages(const struct cvl_watch *watch, const struct watched *best,
                        struct cvl_row *row)
{
    for (size_t s = 0; s < row->stage_count && s < watch->stages; s++) {
        row->stages[s].measured_bytes = best ? best->stage_bytes[s] : CVL_ABSENT;
        for (size_t i = 0; i < watch->count; i++)
            if (watch->watched[i].probe->scope == CVL_SCOPE_BUFFERS)
                row->stages[s].resident_bytes = watch->watched[i].stage_bytes[s];
    }
}

enum cvl_status cvl_watch_report(struct cvl_watch *watch, struct cvl_row *row,
                                 struct cvl_error *err)
{
    const struct watched *best = find_best(watch);
    struct cvl_row_measured *list = calloc(watch->count + 1, sizeof *list);
    if (!list)
        return cvl_fail(err, CVL_NO_MEMORY, "memory/probes: out of memory");
    for (size_t i = 0; i < watch->count; i++)
        list[i] = watch->watched[i].figure;
    free(row->probes);
    row->probes = list;
    row->probe_count = watch->count;
    row->has_measured = best != NULL;
    if (best)
        row->measured = best->figure;
    else
        cvl_copy(row->measured.reason, sizeof row->measured.reason, find_reason(watch));
    fill_stages(watch, best, row);
    return CVL_OK;
}

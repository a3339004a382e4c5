/* Compares computed, counted and measured bytes. */
#include <convlens/model.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A difference is marked above both 1 MiB and a twentieth of the counted bytes. */
static const uint64_t min_marked_bytes = 1 << 20;
enum { MARKED_PART = 20 };

static const struct cvl_row_measured *find_buffers(const struct cvl_row *row)
{
    for (size_t i = 0; i < row->probe_count; i++)
        if (strcmp(row->probes[i].scope, "buffers") == 0)
            return &row->probes[i];
    return NULL;
}

/* Drivers may report absurd figures, so differences are limited to int64_t. */
static int64_t difference(uint64_t a, uint64_t b)
{
    const uint64_t limit = INT64_MAX;
    if (a >= b)
        return (int64_t)(a - b > limit ? limit : a - b);
    return -(int64_t)(b - a > limit ? limit : b - a);
}

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static uint64_t round_up(uint64_t bytes, uint64_t step)
{
    uint64_t rest = bytes % step;
    return rest == 0 || bytes > UINT64_MAX - step ? bytes : bytes - rest + step;
}

/* Max bytes that a policy's objects lose at one time by rounding to pages of `step` bytes. */
static uint64_t max_rounding(const struct cvl_row *row, enum cvl_policy policy, uint64_t step)
{
    int64_t now = 0, highest = 0;
    for (size_t i = 0; i < row->allocation_count; i++) {
        const struct cvl_row_allocation *event = &row->allocations[i];
        if (event->policy != policy || event->bytes == CVL_ABSENT)
            continue;
        int64_t lost = (int64_t)(round_up(event->bytes, step) - event->bytes);
        if (strcmp(event->event, "create") == 0)
            now += lost;
        else if (strcmp(event->event, "destroy") == 0)
            now -= lost;
        highest = now > highest ? now : highest;
    }
    return (uint64_t)highest;
}

static void append(struct cvl_reconciled *out, const char *between, const char *text)
{
    const size_t used = strlen(out->reason);
    char *end = out->reason + used;
    cvl_copy_safe(end, sizeof out->reason - used, used > 0 ? between : "");
    cvl_copy_safe(end + strlen(end), sizeof out->reason - strlen(out->reason), text);
}

static void append_part(struct cvl_reconciled *out, const char *what, int64_t bytes)
{
    char size[24], part[48];
    if (bytes == 0)
        return;
    cvl_print_bytes(size, sizeof size, (uint64_t)(bytes < 0 ? -bytes : bytes));
    (void)snprintf(part, sizeof part, "%s %s%s", what, bytes < 0 ? "-" : "", size);
    append(out, ", ", part);
}

/* Divides the difference into parts: within the buffers, if a probe reports their resident pages,
 * and beyond them. */
static void explain(const struct cvl_row *row, uint64_t own_bytes, uint64_t resident_bytes,
                    uint64_t rounding_bytes, uint64_t late_bytes, struct cvl_reconciled *out)
{
    const bool sees_buffers = resident_bytes != CVL_ABSENT && own_bytes != CVL_ABSENT;
    int64_t within = 0, heaps = 0, late = 0;
    if (sees_buffers)
        within = difference(resident_bytes, own_bytes);
    else if (out->rest_bytes > 0)
        within = min(out->rest_bytes, difference(rounding_bytes, 0));
    int64_t beyond = out->rest_bytes - within;
    if (beyond > 0 && row->measured.kept_bytes != CVL_ABSENT)
        heaps = min(beyond, difference(row->measured.kept_bytes, 0));
    else if (beyond < 0 && sees_buffers)
        heaps = beyond; /* the buffers are resident, but the process grew by less */
    append_part(out, within < 0 ? "lazy pages" : "page rounding", within);
    if (beyond > heaps)
        late = min(beyond - heaps, difference(late_bytes, 0));
    append_part(out, heaps < 0 ? "held before" : "heaps", heaps);
    append_part(out, "released late", late);
    if (row->measured.note[0] != '\0')
        append(out, "; ", row->measured.note);
    out->unexplained_bytes = beyond - heaps - late;
}

static bool exceeds(const struct cvl_reconciled *r)
{
    uint64_t limit = r->counted_bytes / MARKED_PART;
    if (limit < min_marked_bytes)
        limit = min_marked_bytes;
    int64_t rest = r->unexplained_bytes;
    return (uint64_t)(rest < 0 ? -rest : rest) > limit;
}

static void finish(const struct cvl_row *row, uint64_t own_bytes, uint64_t resident_bytes,
                   uint64_t rounding_bytes, uint64_t late_bytes, struct cvl_reconciled *out)
{
    out->resident_bytes = resident_bytes;
    if (out->counted_bytes == CVL_ABSENT || out->measured_bytes == CVL_ABSENT)
        return;
    out->has_rest = true;
    out->rest_bytes = difference(out->measured_bytes, out->counted_bytes);
    explain(row, own_bytes, resident_bytes, rounding_bytes, late_bytes, out);
    out->is_marked = exceeds(out);
}

static uint64_t step_of(const struct cvl_row *row)
{
    uint64_t step = row->measured.resolution_bytes;
    return step == 0 || step == CVL_ABSENT ? 1 : step;
}

/* What was in use when the policy began, beside the weights, and was not kept to the end: buffers
 * of earlier passes, which the driver releases at a later launch. */
static uint64_t late_bytes(const struct cvl_row *row, enum cvl_policy policy)
{
    const uint64_t begin = row->measured.begin_bytes[policy];
    uint64_t expected = row->computed.weights_bytes;
    if (begin == CVL_ABSENT || expected == CVL_ABSENT)
        return 0;
    if (row->measured.kept_bytes != CVL_ABSENT)
        expected += row->measured.kept_bytes;
    return begin > expected ? begin - expected : 0;
}

void cvl_reconcile(const struct cvl_row *row, enum cvl_policy policy, struct cvl_reconciled *out)
{
    const struct cvl_row_measured *buffers = find_buffers(row);
    *out = (struct cvl_reconciled){
        .computed_bytes = row->computed.peak_bytes[policy],
        .counted_bytes = row->counted.peak_bytes[policy],
        .measured_bytes = row->measured.peak_bytes[policy],
    };
    finish(row, row->counted.own_peak_bytes[policy],
           buffers ? buffers->peak_bytes[policy] : CVL_ABSENT,
           max_rounding(row, policy, step_of(row)), late_bytes(row, policy), out);
}

void cvl_reconcile_stage(const struct cvl_row *row, size_t stage, struct cvl_reconciled *out)
{
    const struct cvl_row_stage *at = &row->stages[stage];
    *out = (struct cvl_reconciled){
        .computed_bytes = at->computed_bytes,
        .counted_bytes = at->live_bytes,
        .measured_bytes = at->measured_bytes,
    };
    /* our own buffers are counted as computed, or the row has failed */
    finish(row, at->computed_bytes, at->resident_bytes, max_rounding(row, CVL_FREED, step_of(row)),
           0, out);
}

bool cvl_row_is_reconciled(const struct cvl_row *row)
{
    struct cvl_reconciled reconciled;
    for (unsigned policy = 0; policy < CVL_POLICY_COUNT; policy++) {
        cvl_reconcile(row, (enum cvl_policy)policy, &reconciled);
        if (reconciled.is_marked)
            return false;
    }
    return true;
}

/* Joins the results of several runs: devices are told apart, and repeated rows left out. */
#include <convlens/result.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Where a device of the joined results comes from. */
struct origin {
    const struct cvl_results *part; /* the newest that has it */
    size_t last;                    /* the last part that has it, from 1 */
    char id[CVL_DEVICE_ID_BYTES];   /* what it was called there */
};

struct join {
    struct cvl_results *out;
    struct origin *origins; /* of each device */
};

/* Where a row comes from. */
struct source {
    const struct cvl_row *row;
    const char *started;
    bool is_left_out;
};

static const char *text_of(const char *text)
{
    return text ? text : "";
}

static enum cvl_status out_of_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "results: out of memory to join them");
}

/* Devices that rows name and the list lacks, as in a store that was tampered with: nothing is known
 * of them but the id. */
static enum cvl_status complete_devices(struct cvl_results *part, struct cvl_error *err)
{
    for (size_t i = 0; i < part->row_count; i++) {
        const char *id = part->rows[i].key.device;
        if (cvl_results_device(part, id))
            continue;
        struct cvl_device_facts *longer =
            realloc(part->devices, (part->device_count + 1) * sizeof *longer);
        if (!longer)
            return out_of_memory(err);
        part->devices = longer;
        longer[part->device_count] = (struct cvl_device_facts){.peaks = cvl_device_peaks_none()};
        cvl_copy(longer[part->device_count].id, sizeof longer->id, id);
        part->device_count++;
    }
    return CVL_OK;
}

static bool same_device(const struct cvl_device_facts *a, const struct cvl_device_facts *b)
{
    const bool same_place = a->pci[0] == '\0' || b->pci[0] == '\0' || strcmp(a->pci, b->pci) == 0;
    return same_place && strcmp(a->platform, b->platform) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->driver, b->driver) == 0 && strcmp(a->host, b->host) == 0;
}

/* The same device in the parts before number `part`. Of several alike it is that of the same PCI
 * address, then of the same id. @return its index; the count: there is none */
static size_t find_same(const struct join *join, size_t part, const struct cvl_device_facts *device)
{
    size_t found = join->out->device_count;
    int best = -1;
    for (size_t i = 0; i < join->out->device_count; i++) {
        const struct cvl_device_facts *other = &join->out->devices[i];
        if (join->origins[i].last == part || !same_device(device, other))
            continue;
        const bool pci = device->pci[0] != '\0' && strcmp(device->pci, other->pci) == 0;
        const int score = 2 * pci + (strcmp(device->id, join->origins[i].id) == 0);
        if (score > best) {
            best = score;
            found = i;
        }
    }
    return found;
}

/* "<label>/<id>", "<label>~2/<id>": cut to fit, the id last. */
static void print_id(const char *label, const char *id, unsigned number, char out[])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    char tail[CVL_DEVICE_ID_BYTES];
    if (number > 1)
        (void)snprintf(tail, sizeof tail, "~%u/%.11s", number, id);
    else
        (void)snprintf(tail, sizeof tail, "/%.21s", id);
    size_t used = 0;
    for (; label[used] != '\0' && used + strlen(tail) + 1 < CVL_DEVICE_ID_BYTES; used++)
        out[used] = strchr(plain, label[used]) ? label[used] : '_';
    cvl_copy(out + used, CVL_DEVICE_ID_BYTES - used, tail);
}

static void choose_id(const struct cvl_results *out, const char *label,
                      struct cvl_device_facts *device)
{
    char id[CVL_DEVICE_ID_BYTES];
    cvl_copy(id, sizeof id, device->id);
    for (unsigned number = 1; cvl_results_device(out, device->id); number++)
        print_id(label, id, number, device->id);
}

/* @param part from 1. `renamed` receives the new id of each device of the part */
static enum cvl_status join_devices(struct join *join, const struct cvl_results *part,
                                    size_t number, const char *label,
                                    char (*renamed)[CVL_DEVICE_ID_BYTES], struct cvl_error *err)
{
    struct cvl_results *out = join->out;
    const size_t most = out->device_count + part->device_count + 1;
    struct cvl_device_facts *devices = realloc(out->devices, most * sizeof *devices);
    if (devices)
        out->devices = devices;
    struct origin *origins = realloc(join->origins, most * sizeof *origins);
    if (origins)
        join->origins = origins;
    if (!devices || !origins)
        return out_of_memory(err);
    for (size_t i = 0; i < part->device_count; i++) {
        struct cvl_device_facts device = part->devices[i];
        struct origin origin = {.part = part, .last = number};
        cvl_copy(device.host, sizeof device.host, text_of(part->host));
        cvl_copy(origin.id, sizeof origin.id, device.id);
        const size_t at = find_same(join, number, &device);
        if (at == out->device_count) {
            choose_id(out, label, &device);
            out->device_count++;
        } else {
            cvl_copy(device.id, sizeof device.id, devices[at].id);
            if (strcmp(text_of(origins[at].part->started), text_of(part->started)) > 0) {
                device = devices[at];
                origin.part = origins[at].part;
            }
            cvl_copy(origin.id, sizeof origin.id, origins[at].id);
        }
        devices[at] = device;
        origins[at] = origin;
        cvl_copy(renamed[i], sizeof renamed[i], device.id);
    }
    return CVL_OK;
}

/* Moves the rows to the end of the results, which have room for them. */
static void move_rows(struct cvl_results *out, struct cvl_results *part,
                      char (*renamed)[CVL_DEVICE_ID_BYTES])
{
    for (size_t i = 0; i < part->row_count; i++) {
        struct cvl_row *row = &out->rows[out->row_count++];
        const struct cvl_device_facts *device = cvl_results_device(part, part->rows[i].key.device);
        *row = part->rows[i];
        cvl_copy(row->key.device, sizeof row->key.device, renamed[device - part->devices]);
    }
    part->row_count = 0;
}

/* Equal keys together, what is kept last; rows of one time are in the order of the array. */
static int compare_sources(const void *left, const void *right)
{
    const struct source *a = left, *b = right;
    int order = cvl_key_compare(&a->row->key, &b->row->key, CVL_KEY_ALL);
    if (order == 0)
        order = strcmp(a->started, b->started);
    return order != 0 ? order : (a->row > b->row) - (a->row < b->row);
}

static int compare_places(const void *left, const void *right)
{
    const struct source *a = left, *b = right;
    return (a->row > b->row) - (a->row < b->row);
}

/* @param sources one for each row */
static size_t leave_out_repeats(struct cvl_results *out, struct source *sources)
{
    const size_t count = out->row_count;
    size_t kept = 0;
    qsort(sources, count, sizeof *sources, compare_sources);
    for (size_t i = 0; i + 1 < count; i++)
        sources[i].is_left_out =
            cvl_key_compare(&sources[i].row->key, &sources[i + 1].row->key, CVL_KEY_ALL) == 0;
    qsort(sources, count, sizeof *sources, compare_places);
    for (size_t i = 0; i < count; i++)
        if (sources[i].is_left_out)
            cvl_row_clear(&out->rows[i]);
        else
            out->rows[kept++] = out->rows[i];
    out->row_count = kept;
    return count - kept;
}

/* Adds a text to a list unless it is one of the list's. */
static void add_once(struct cvl_text *list, const struct cvl_results *parts, size_t index,
                     const char *(*get)(const struct cvl_results *part), const char *between)
{
    const char *text = text_of(get(&parts[index]));
    for (size_t i = 0; i < index; i++)
        if (strcmp(text_of(get(&parts[i])), text) == 0)
            return;
    if (*text != '\0')
        cvl_text_append(list, "%s%s", list->length > 0 ? between : "", text);
}

static const char *get_sweep(const struct cvl_results *part)
{
    return part->sweep;
}

static const char *get_command(const struct cvl_results *part)
{
    return part->command;
}

static const char *get_host(const struct cvl_results *part)
{
    return part->host;
}

static const char *get_version(const struct cvl_results *part)
{
    return part->version;
}

static enum cvl_status join_heads(const struct cvl_results *parts, size_t count,
                                  struct cvl_results *out, struct cvl_error *err)
{
    struct cvl_text sweep = {0}, command = {0}, host = {0}, version = {0};
    const char *started = "";
    for (size_t i = 0; i < count; i++) {
        add_once(&sweep, parts, i, get_sweep, "+");
        add_once(&command, parts, i, get_command, "; ");
        add_once(&host, parts, i, get_host, "; ");
        add_once(&version, parts, i, get_version, ", ");
        if (strcmp(text_of(parts[i].started), started) > 0)
            started = parts[i].started;
    }
    const bool failed = sweep.failed;
    cvl_copy(out->sweep, sizeof out->sweep, sweep.data ? sweep.data : "");
    cvl_text_clear(&sweep);
    out->command = cvl_text_take(&command);
    out->host = cvl_text_take(&host);
    out->version = cvl_text_take(&version);
    out->started = cvl_duplicate(started);
    return !failed && out->command && out->host && out->version && out->started
               ? CVL_OK
               : out_of_memory(err);
}

/* The devices of all parts, and the rows of those whose devices are joined. `sources` and the rows
 * of the results have room for all. */
static enum cvl_status join_parts(struct join *join, struct cvl_results *parts,
                                  const char *const *labels, size_t count, struct source *sources,
                                  struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && status == CVL_OK; i++) {
        const size_t first = join->out->row_count;
        status = complete_devices(&parts[i], err);
        if (status != CVL_OK)
            return status;
        char(*renamed)[CVL_DEVICE_ID_BYTES] = calloc(parts[i].device_count + 1, sizeof *renamed);
        status = renamed ? join_devices(join, &parts[i], i + 1, labels[i], renamed, err)
                         : out_of_memory(err);
        if (status == CVL_OK)
            move_rows(join->out, &parts[i], renamed);
        free(renamed);
        for (size_t r = first; r < join->out->row_count; r++)
            sources[r] = (struct source){&join->out->rows[r], text_of(parts[i].started), false};
    }
    return status;
}

enum cvl_status cvl_results_join(struct cvl_results *parts, const char *const *labels, size_t count,
                                 struct cvl_results *out, size_t *left_out, struct cvl_error *err)
{
    struct join join = {.out = out};
    size_t rows = 1; /* an array's size is never 0 */
    for (size_t i = 0; i < count; i++)
        rows += parts[i].row_count;
    *out = (struct cvl_results){.rows = calloc(rows, sizeof *out->rows)};
    *left_out = 0;
    struct source *sources = calloc(rows, sizeof *sources);
    enum cvl_status status =
        out->rows && sources ? join_heads(parts, count, out, err) : out_of_memory(err);
    if (status == CVL_OK)
        status = join_parts(&join, parts, labels, count, sources, err);
    if (status == CVL_OK)
        *left_out = leave_out_repeats(out, sources);
    for (size_t i = 0; i < count && status == CVL_OK; i++)
        cvl_results_clear(&parts[i]);
    free(sources);
    free(join.origins);
    return status;
}

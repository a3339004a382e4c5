/* The progress line, and a line for each row. */
#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

struct cvl_progress_line cvl_progress_line_begin(bool verbose)
{
    return (struct cvl_progress_line){
        .terminal = isatty(STDERR_FILENO) == 1, .verbose = verbose, .begin_s = cvl_host_now()};
}

static void print_left(const struct cvl_progress_line *line, const struct cvl_progress *progress)
{
    size_t ours = progress->done - line->first_done;
    if (ours == 0)
        return;
    double each_s = (cvl_host_now() - line->begin_s) / (double)ours;
    unsigned left_s = (unsigned)(each_s * (double)(progress->total - progress->done) + 0.5);
    (void)fprintf(stderr, ", %u:%02u left", left_s / 60, left_s % 60);
}

/* What a key is of: a layer, or "network NAME". */
static void print_subject(const struct cvl_key *key, char *text, size_t size)
{
    char name[CVL_SWEEP_NAME_BYTES];
    const bool is_network = cvl_key_is_network(key);
    cvl_copy_safe(name, sizeof name, is_network ? key->network : key->layer);
    (void)snprintf(text, size, "%s%s", is_network ? "network " : "", name);
}

static void show_row(const struct cvl_progress *progress)
{
    const struct cvl_row *row = progress->row;
    char reason[160], subject[80];
    cvl_copy_safe(reason, sizeof reason, row->reason);
    print_subject(&row->key, subject, sizeof subject);
    (void)fprintf(stderr, "%zu/%zu %s %s %s %s %s%s: %s%s%s", progress->done, progress->total,
                  progress->device_id, subject, row->key.variant, cvl_layout_name(row->key.layout),
                  cvl_dtype_name(row->key.dtype), cvl_key_passes_text(&row->key),
                  cvl_row_status_name(row->status), *reason ? ": " : "", reason);
    if (progress->times && row->status == CVL_ROW_OK)
        (void)fprintf(stderr, " (%s)", progress->times);
    (void)fprintf(stderr, "\n");
}

void cvl_progress_line_show(void *user, const struct cvl_progress *progress)
{
    struct cvl_progress_line *line = user;
    if (!line->begun) {
        line->begun = true;
        line->first_done = progress->done - (progress->row ? 1 : 0);
    }
    if (line->verbose && progress->row) {
        show_row(progress);
        return;
    }
    if (!line->terminal || line->verbose)
        return;
    const struct cvl_key key = cvl_case_key(progress->item, progress->device_id);
    char subject[80];
    print_subject(&key, subject, sizeof subject);
    (void)fprintf(stderr, "\r\033[K%zu/%zu %s %s %s", progress->done, progress->total,
                  progress->device_id, subject, key.variant);
    print_left(line, progress);
    (void)fflush(stderr);
}

void cvl_progress_line_end(const struct cvl_progress_line *line)
{
    if (line->terminal && line->begun && !line->verbose)
        (void)fprintf(stderr, "\r\033[K");
}

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

static void show_row(const struct cvl_progress *progress)
{
    const struct cvl_row *row = progress->row;
    char reason[160], layer[CVL_LAYER_NAME_BYTES];
    cvl_copy_safe(reason, sizeof reason, row->reason);
    cvl_copy_safe(layer, sizeof layer, row->layer);
    (void)fprintf(stderr, "%zu/%zu %s %s %s %s %s%s: %s%s%s", progress->done, progress->total,
                  progress->device_id, layer, row->variant, cvl_layout_name(row->layout),
                  cvl_dtype_name(row->dtype), cvl_row_passes_text(row),
                  cvl_row_status_name(row->status), *reason ? ": " : "", reason);
    if (progress->times && row->status == CVL_ROW_OK)
        (void)fprintf(stderr, " (%s)", progress->times);
    (void)fprintf(stderr, "\n");
}

static void show_chain(const struct cvl_progress *progress)
{
    const struct cvl_chain_row *row = progress->chain_row;
    char reason[160], chain[CVL_SWEEP_NAME_BYTES];
    cvl_copy_safe(reason, sizeof reason, row->reason);
    cvl_copy_safe(chain, sizeof chain, row->chain);
    (void)fprintf(stderr, "%zu/%zu %s network %s %s %s %s: %s%s%s", progress->done, progress->total,
                  progress->device_id, chain, row->variant, cvl_layout_name(row->layout),
                  cvl_dtype_name(row->dtype), cvl_row_status_name(row->status), *reason ? ": " : "",
                  reason);
    if (progress->times && row->status == CVL_ROW_OK)
        (void)fprintf(stderr, " (%s)", progress->times);
    (void)fprintf(stderr, "\n");
}

void cvl_progress_line_show(void *user, const struct cvl_progress *progress)
{
    struct cvl_progress_line *line = user;
    if (!line->begun) {
        line->begun = true;
        line->first_done = progress->done - (progress->row || progress->chain_row ? 1 : 0);
    }
    if (line->verbose && progress->chain_row) {
        show_chain(progress);
        return;
    }
    if (line->verbose && progress->row) {
        show_row(progress);
        return;
    }
    if (!line->terminal || line->verbose)
        return;
    char layer[CVL_LAYER_NAME_BYTES];
    cvl_copy_safe(layer, sizeof layer,
                  progress->chain ? progress->chain->chain->name : progress->item->item->layer);
    (void)fprintf(
        stderr, "\r\033[K%zu/%zu %s %s %s", progress->done, progress->total, progress->device_id,
        layer,
        cvl_variant_name(progress->chain ? progress->chain->variant : progress->item->variant));
    print_left(line, progress);
    (void)fflush(stderr);
}

void cvl_progress_line_end(const struct cvl_progress_line *line)
{
    if (line->terminal && line->begun && !line->verbose)
        (void)fprintf(stderr, "\r\033[K");
}

/* The progress line, and a line for each row. */
#include "cli/progress.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "report/lines.h"

/* Between two lines where the stream is no terminal. */
static const double pause_s = 10.0;
/* Before a line on a terminal is written again for the same case. */
static const double terminal_pause_s = 1.0;

struct cvl_progress_line cvl_progress_line_begin(const struct cvl_options *options)
{
    const double now_s = cvl_host_now();
    return (struct cvl_progress_line){.stream = stderr,
                                      .terminal = isatty(STDERR_FILENO) == 1,
                                      .verbose = options->verbose,
                                      .quiet = options->quiet,
                                      .begin_s = now_s,
                                      .shown_s = now_s};
}

/* Of the present round. */
static void append_left(const struct cvl_progress_line *line, struct cvl_text *text)
{
    const size_t ours = line->done - line->first_done;
    if (ours == 0)
        return;
    const double each_s = (cvl_host_now() - line->begin_s) / (double)ours;
    const unsigned left_s = (unsigned)(each_s * (double)(line->total - line->done) + 0.5);
    cvl_text_append(text, ", %u:%02u left", left_s / 60, left_s % 60);
}

/* What a key is of: a layer, or "network NAME". */
static void print_subject(const struct cvl_key *key, char *text, size_t size)
{
    char name[CVL_SWEEP_NAME_BYTES];
    const bool is_network = cvl_key_is_network(key);
    cvl_copy_safe(name, sizeof name, is_network ? key->network : key->layer);
    (void)snprintf(text, size, "%s%s", is_network ? "network " : "", name);
}

static void show_row(const struct cvl_progress_line *line, const struct cvl_progress *progress)
{
    const struct cvl_row *row = progress->row;
    char reason[160], subject[80];
    cvl_copy_safe(reason, sizeof reason, row->reason);
    print_subject(&row->key, subject, sizeof subject);
    (void)fprintf(line->stream, "%zu/%zu %s %s %s %s %s%s: %s%s%s", progress->done, progress->total,
                  progress->device_id, subject, row->key.variant, cvl_layout_name(row->key.layout),
                  cvl_dtype_name(row->key.dtype), cvl_key_passes_text(&row->key),
                  cvl_row_status_name(row->status), *reason ? ": " : "", reason);
    if (progress->times && row->status == CVL_ROW_OK)
        (void)fprintf(line->stream, " (%s)", progress->times);
    (void)fprintf(line->stream, "\n");
}

void cvl_progress_put(FILE *stream, bool terminal, struct cvl_text *text)
{
    const char *data = text->data ? text->data : "";
    /* A line that fills the last column would begin a new one. */
    const size_t length =
        terminal ? cvl_lines_fitting(data, cvl_lines_width(stream) - 1) : SIZE_MAX;
    (void)fprintf(stream, "%s%.*s%s", terminal ? "\r\033[K" : "",
                  terminal ? (int)length : CVL_ERROR_TEXT_BYTES, data, terminal ? "" : "\n");
    (void)fflush(stream);
    cvl_text_clear(text);
}

static void show_line(struct cvl_progress_line *line, const struct cvl_progress *progress)
{
    const struct cvl_key key = cvl_case_key(progress->item, progress->device_id);
    struct cvl_text text = {0};
    char subject[80];
    print_subject(&key, subject, sizeof subject);
    if (progress->round > 0)
        cvl_text_append(&text, "round %u: ", progress->round);
    cvl_text_append(&text, "%zu/%zu %s %s %s", progress->done, progress->total, progress->device_id,
                    subject, key.variant);
    append_left(line, &text);
    cvl_progress_put(line->stream, line->terminal, &text);
}

void cvl_progress_line_show(void *user, const struct cvl_progress *progress)
{
    struct cvl_progress_line *line = user;
    if (!line->begun || line->round != progress->round) {
        line->begun = true;
        line->round = progress->round;
        line->begin_s = cvl_host_now();
        line->first_done = progress->done - (progress->row ? 1 : 0);
    }
    line->done = progress->done;
    line->total = progress->total;
    if (line->quiet)
        return;
    if (line->verbose) {
        if (progress->row)
            show_row(line, progress);
        return;
    }
    const double now_s = cvl_host_now(), since_s = now_s - line->shown_s;
    const bool is_same = line->item == progress->item && !progress->row;
    if (since_s < pause_s && (!line->terminal || (is_same && since_s < terminal_pause_s)))
        return;
    line->shown_s = now_s;
    line->item = progress->item;
    show_line(line, progress);
}

void cvl_progress_line_end(const struct cvl_progress_line *line)
{
    if (line->terminal && line->begun && !line->verbose && !line->quiet)
        (void)fprintf(line->stream, "\r\033[K");
}

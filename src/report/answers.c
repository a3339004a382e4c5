/* The first screen. For each device, layout and type: how many layers need more, the figures of the
 * subjects that matter, a line for each of the others. */
#include "report/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/answer_words.h"
#include "report/answer_detail.h"
#include "report/answer_map.h"
#include "report/answer_picture.h"
#include "report/levers.h"
#include "report/lines.h"
#include "report/networks.h"

enum { MAX_DETAILED = 2, MAX_LINES = 10 };

struct screen {
    const struct cvl_report *report;
    struct cvl_subject *subjects; /* owned */
    size_t count;
    const struct cvl_subject *detailed[MAX_DETAILED]; /* the one that matters most first; of the
                                                     first section */
    size_t detailed_count;
};

/* The subject of the section beginning at `first` that matters most of those without a mark. */
static struct cvl_subject *find_next(struct screen *screen, size_t first)
{
    struct cvl_subject *best = NULL;
    for (size_t i = first; i < screen->count; i++) {
        struct cvl_subject *subject = &screen->subjects[i];
        if (!subject->is_detailed && !subject->is_listed &&
            cvl_subject_same_section(subject, &screen->subjects[first]) &&
            (!best || cvl_subject_matters_more(subject, best)))
            best = subject;
    }
    return best;
}

static void choose_detailed(struct screen *screen, size_t first)
{
    for (struct cvl_subject *next;
         screen->detailed_count < MAX_DETAILED && (next = find_next(screen, first)) != NULL;) {
        next->is_detailed = true;
        screen->detailed[screen->detailed_count++] = next;
    }
}

static void choose_listed(struct screen *screen, size_t first, size_t max)
{
    size_t count = 0;
    for (struct cvl_subject *next; count < max && (next = find_next(screen, first)) != NULL;
         count++)
        next->is_listed = true;
}

/* Subjects of a section: all, and those that need more. */
struct tally {
    size_t count, kept_more, freed_more, without_standard;
};

static const char no_standard[] =
    "No answer: the standard form is not there. The variants are compared with the unfused one.";

static struct tally count_section(const struct screen *screen, size_t first, bool networks)
{
    struct tally tally = {0};
    for (size_t i = first; i < screen->count; i++) {
        const struct cvl_subject *subject = &screen->subjects[i];
        if (!cvl_subject_same_section(subject, &screen->subjects[first]) ||
            cvl_subject_is_network(subject) != networks)
            continue;
        tally.count++;
        tally.kept_more += cvl_subject_needs_more(subject, CVL_ALL_LIVE);
        tally.freed_more += cvl_subject_needs_more(subject, CVL_FREED);
        tally.without_standard += !cvl_subject_has_standard(subject);
    }
    return tally;
}

static void append_count(struct cvl_text *text, size_t count, size_t all)
{
    if (count == 0)
        cvl_text_append(text, "none");
    else if (count == all)
        cvl_text_append(text, "all");
    else
        cvl_text_append(text, "%zu", count);
}

/* "ONLY IF ALL BUFFERS ARE KEPT: 2 of 13 layers need more, none if freed early" */
static void put_tally(const struct screen *screen, const struct tally *tally)
{
    const char *word = "IT DEPENDS";
    struct cvl_text text = {0};
    if (tally->kept_more == tally->count && tally->freed_more == tally->count)
        word = "YES";
    else if (tally->kept_more == 0 && tally->freed_more == 0)
        word = "NO";
    else if (tally->freed_more == 0)
        word = "ONLY IF ALL BUFFERS ARE KEPT";
    cvl_text_append(&text, "%s: %zu of %zu layers need%s more%s, ", word, tally->kept_more,
                    tally->count, tally->kept_more == 1 ? "s" : "",
                    tally->freed_more == 0 && tally->kept_more > 0 ? "" : " if all is kept");
    append_count(&text, tally->freed_more, tally->count);
    cvl_text_append(&text, " if freed early");
    cvl_lines_put(screen->report->stream, &text, 2, screen->report->failed);
}

/* A section's answer: of its networks each, of its layers how many. */
static void put_headlines(const struct screen *screen, size_t first)
{
    const struct tally layers = count_section(screen, first, false);
    const size_t subjects = layers.count + count_section(screen, first, true).count;
    for (size_t i = first; i < screen->count; i++) {
        const struct cvl_subject *subject = &screen->subjects[i];
        struct cvl_text text = {0};
        if (!cvl_subject_same_section(subject, &screen->subjects[first]) ||
            !(cvl_subject_is_network(subject) || layers.count == 1))
            continue;
        if (subjects > 1) {
            cvl_text_append(&text, "%s", cvl_subject_is_network(subject) ? "network " : "");
            cvl_subject_append_name(&text, subject);
            cvl_text_append(&text, ": ");
        }
        if (cvl_subject_has_standard(subject))
            cvl_answer_headline(&text, subject->items, subject->count);
        else
            cvl_text_append(&text, "%s", no_standard);
        cvl_lines_put(screen->report->stream, &text, 2, screen->report->failed);
    }
    if (layers.count > 1 && layers.without_standard == layers.count)
        cvl_lines_wrap(screen->report->stream, no_standard, 2);
    else if (layers.count > 1)
        put_tally(screen, &layers);
}

static void put_device(const struct screen *screen, size_t first)
{
    const struct cvl_key *key = cvl_subject_key(&screen->subjects[first]);
    const struct cvl_device_facts *facts = cvl_results_device(screen->report->results, key->device);
    struct cvl_text text = {0};
    const size_t length = strlen(key->device);
    if (!facts || strncmp(facts->name, key->device, length) != 0) { /* "made-up device" has it */
        cvl_text_append_safe(&text, key->device);
        cvl_text_append(&text, facts ? " " : "");
    }
    cvl_text_append_safe(&text, facts ? facts->name : "");
    cvl_text_append(&text, ", %s %s%s, %s", cvl_layout_name(key->layout),
                    cvl_dtype_name(key->dtype), cvl_key_passes_text(key),
                    cvl_weights_words(screen->report->results));
    (void)fputc('\n', screen->report->stream);
    cvl_answer_put(screen->report, &text);
}

static void put_recommendation(const struct screen *screen, const struct cvl_subject *subject)
{
    struct cvl_recommended choice;
    struct cvl_text text = {0};
    if (!cvl_answer_choose(subject->items, subject->count, &choice))
        return;
    cvl_subject_append_name(&text, subject);
    cvl_text_append(&text, ": ");
    cvl_answer_recommend(&text, &choice);
    cvl_lines_put(screen->report->stream, &text, 2, screen->report->failed);
}

/* Where loading the weights needs more than any execution does, that is the peak to care about. */
static void put_loading(const struct screen *screen, const struct cvl_subject *subject)
{
    const struct cvl_answer *kept = cvl_subject_answer(subject, CVL_ALL_LIVE);
    if (!kept || screen->report->results->without_weights)
        return;
    const struct cvl_row *const rows[] = {kept->standard, kept->usual->row};
    struct cvl_text text = {0};
    for (size_t i = 0; i < 2; i++) {
        const uint64_t bytes = rows[i]->computed.load_peak_bytes;
        char amount[24];
        if (!rows[i]->has_computed || bytes == CVL_ABSENT ||
            bytes <= rows[i]->computed.peak_bytes[CVL_ALL_LIVE])
            continue;
        cvl_print_bytes(amount, sizeof amount, bytes);
        if (text.length == 0) {
            cvl_subject_append_name(&text, subject);
            cvl_text_append(&text, ": loading the weights needs more: ");
        } else {
            cvl_text_append(&text, ", ");
        }
        cvl_text_append_safe(&text, rows[i]->key.variant);
        cvl_text_append(&text, " %s", amount);
    }
    if (text.length > 0)
        cvl_answer_put(screen->report, &text);
    cvl_text_clear(&text);
}

static enum cvl_status put_details(const struct screen *screen, struct cvl_error *err)
{
    const struct cvl_subject *first = screen->detailed[0];
    enum cvl_status status = CVL_OK;
    cvl_answer_put_columns(screen->report, screen->detailed[0]);
    for (size_t i = 0; i < screen->detailed_count; i++)
        cvl_answer_put_detail(screen->report, screen->detailed[i]);
    const struct cvl_answer *freed = cvl_subject_answer(screen->detailed[0], CVL_FREED);
    if (freed)
        cvl_answer_picture(screen->report, freed);
    for (size_t i = 0; i < screen->detailed_count; i++)
        put_recommendation(screen, screen->detailed[i]);
    for (size_t i = 0; i < screen->detailed_count; i++)
        put_loading(screen, screen->detailed[i]);
    if (cvl_subject_is_network(first)) {
        (void)fputc('\n', screen->report->stream);
        status = cvl_levers_print_of(screen->report->stream, screen->report->results,
                                     first->items[0].standard, true, err);
        (void)fputc('\n', screen->report->stream);
    }
    return status;
}

static enum cvl_status put_section(struct screen *screen, size_t first, bool detailed,
                                   struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    size_t left = 0, max_lines = MAX_LINES;
    if (detailed)
        choose_detailed(screen, first);
    put_device(screen, first);
    if (detailed)
        status = put_details(screen, err);
    if (cvl_answer_put_map(screen->report, screen->subjects, screen->count,
                           &screen->subjects[first]))
        max_lines = 0;
    else if (!detailed && count_section(screen, first, false).count > MAX_LINES)
        put_headlines(screen, first);
    choose_listed(screen, first, max_lines);
    for (size_t i = first; i < screen->count; i++) {
        struct cvl_subject *subject = &screen->subjects[i];
        if (!cvl_subject_same_section(subject, &screen->subjects[first]))
            continue;
        if (subject->is_listed)
            cvl_answer_put_line(screen->report, subject);
        left += !subject->is_listed && !subject->is_detailed;
        subject->is_done = true;
    }
    if (left > 0 && max_lines > 0)
        (void)fprintf(screen->report->stream, "  and %zu more, which differ by less: see --all\n",
                      left);
    return status;
}

/* Failures are never hidden: the first of them in full. */
static void put_failures(const struct screen *screen)
{
    const struct cvl_results *results = screen->report->results;
    const struct cvl_row *failed = NULL;
    size_t failures = 0;
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (row->status != CVL_ROW_OK && row->status != CVL_ROW_UNSUPPORTED &&
            row->status != CVL_ROW_SKIPPED) {
            failures++;
            failed = failed ? failed : row;
        }
    }
    if (!failed)
        return;
    struct cvl_text text = {0};
    cvl_text_append(&text, "%zu of %zu rows failed: ", failures, results->row_count);
    cvl_text_append_safe(&text, failed->key.layer);
    cvl_text_append_safe(&text, failed->key.network);
    cvl_text_append(&text, " ");
    cvl_text_append_safe(&text, failed->key.variant);
    cvl_text_append(&text, ": %s: ", cvl_row_status_name(failed->status));
    cvl_text_append_safe(&text, failed->reason);
    cvl_lines_put(screen->report->stream, &text, 2, screen->report->failed);
}

static void put_closing(const struct screen *screen)
{
    const struct cvl_answer *answer = &screen->subjects[0].items[0];
    const struct cvl_results *results = screen->report->results;
    struct cvl_text text = {0};
    size_t doubts = 0;
    put_failures(screen);
    for (size_t i = 0; i < results->row_count; i++)
        doubts += results->rows[i].has_time && results->rows[i].time.doubt[0] != '\0';
    cvl_text_append(&text, "Bytes: %s.",
                    strcmp(answer->source, "counted") == 0 ? "computed and counted" : "computed");
    if (doubts > 0)
        cvl_text_append(&text, " ? time in doubt: %zu of %zu rows.", doubts, results->row_count);
    cvl_text_append(&text, " More: --all");
    cvl_answer_put(screen->report, &text);
}

static enum cvl_status list_subjects(const struct cvl_answers *answers, struct screen *screen,
                                     struct cvl_error *err)
{
    screen->subjects = calloc(answers->count + 1, sizeof *screen->subjects);
    if (!screen->subjects)
        return cvl_fail(err, CVL_NO_MEMORY, "report/answer: out of memory");
    for (size_t i = 0, count; i < answers->count; i += count) {
        count = cvl_answers_of_subject(answers, i);
        screen->subjects[screen->count++] =
            (struct cvl_subject){.items = &answers->items[i], .count = count};
    }
    return CVL_OK;
}

static enum cvl_status put_screen(struct screen *screen, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    (void)fputs("Does the depthwise-separable form need more device memory than the standard?\n",
                screen->report->stream);
    put_headlines(screen, 0);
    for (size_t i = 0; i < screen->count && status == CVL_OK; i++)
        if (!screen->subjects[i].is_done)
            status = put_section(screen, i, i == 0, err);
    put_closing(screen);
    return status;
}

/* Why there is no answer. */
static void put_reason(const struct cvl_report *report)
{
    const struct cvl_results *results = report->results;
    bool has_standard = false, has_other = false;
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (row->status != CVL_ROW_OK)
            continue;
        has_standard |= row->key.problem.form == CVL_STANDARD;
        has_other |=
            row->key.problem.form == CVL_SEPARABLE || row->key.problem.form == CVL_INVERTED;
    }
    if (results->row_count == 0)
        return;
    if (has_standard && has_other)
        (void)fputs(
            "No answer: no layer is there in both forms. The two need the same name and the "
            "same\ndimensions.\n",
            report->stream);
    else if (has_standard || has_other)
        (void)fprintf(report->stream,
                      "No answer: only the %s form is there. Add the %s form of the same layer.\n",
                      has_standard ? "standard" : "separable",
                      has_standard ? "separable" : "standard");
}

enum cvl_status cvl_report_answers(const struct cvl_report *report, bool *found,
                                   struct cvl_error *err)
{
    struct cvl_answers answers;
    struct screen screen = {.report = report};
    enum cvl_status status = cvl_answers_create(report->results, &answers, err);
    if (status == CVL_OK)
        status = list_subjects(&answers, &screen, err);
    *found = status == CVL_OK && screen.count > 0;
    if (*found)
        status = put_screen(&screen, err);
    else if (status == CVL_OK)
        put_reason(report);
    free(screen.subjects);
    cvl_answers_clear(&answers);
    return status;
}

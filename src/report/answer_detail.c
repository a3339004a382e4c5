/* The figures of a subject. */
#include "report/answer_detail.h"

#include <stdio.h>
#include <string.h>

#include "model/answer_words.h"
#include "report/lines.h"
#include "report/problem_words.h"

void cvl_answer_put(const struct cvl_report *report, struct cvl_text *text)
{
    while (text->length > 0 && text->data[text->length - 1] == ' ')
        text->data[--text->length] = '\0';
    cvl_lines_put(report->stream, text, CVL_LINES_CUT, report->failed);
}

/* "MORE +4.5 %", "same -0.1 %" */
static void append_difference(struct cvl_text *text, const struct cvl_answer_form *form, int width)
{
    char percent[CVL_PERCENT_BYTES], cell[CVL_PERCENT_BYTES + 8];
    cvl_answer_print_percent(percent, form->difference_percent);
    (void)snprintf(cell, sizeof cell, "%s %s",
                   form->answer == CVL_BYTES_MORE ? "MORE" : cvl_bytes_answer_name(form->answer),
                   percent);
    cvl_text_append(text, "%-*s", width, cell);
}

/* "  standard   direct             12.6 MiB" and, where it is timed, the time */
static void append_figures(struct cvl_text *text, const struct cvl_row *row, const char *how,
                           uint64_t bytes)
{
    char peak[24];
    cvl_print_bytes(peak, sizeof peak, bytes);
    cvl_text_append(text, "  %-10s%-17s%9s  ", cvl_form_name(row->key.problem.form), how, peak);
}

static void append_time(const struct cvl_report *report, struct cvl_text *text,
                        const struct cvl_row *row)
{
    char time[24] = "";
    if (!row->has_time)
        return;
    cvl_print_seconds(time, sizeof time, row->time.median_s);
    const bool utf8 = cvl_lines_utf8(report->terminal);
    cvl_lines_plain(time, utf8);
    /* the micro sign has two bytes and one column */
    const int width = 8 + (strstr(time, "\xC2\xB5") ? 1 : 0);
    cvl_text_append(text, "%*s%s", width - 1, time, row->time.doubt[0] != '\0' ? "?" : " ");
}

static void put_standard(const struct cvl_report *report, const struct cvl_answer *answer)
{
    struct cvl_text text = {0};
    char how[CVL_VARIANT_NAME_BYTES];
    cvl_copy_safe(how, sizeof how, answer->standard->key.variant);
    append_figures(&text, answer->standard, how, answer->standard_bytes);
    cvl_text_append(&text, "%-13s", answer->standard->has_time ? "-" : "");
    append_time(report, &text, answer->standard);
    cvl_answer_put(report, &text);
}

static void put_form(const struct cvl_report *report, const struct cvl_answer_form *form,
                     const char *how)
{
    struct cvl_text text = {0};
    append_figures(&text, form->row, how, form->peak_bytes);
    append_difference(&text, form, 13);
    append_time(report, &text, form->row);
    if (form->has_time) {
        char speed[CVL_SPEED_BYTES];
        cvl_answer_print_speed(speed, &form->time);
        cvl_text_append(&text, "  %s", speed);
    }
    cvl_answer_put(report, &text);
}

/* What is done in bands is shown where it is the variant to take. */
static bool is_shown(const struct cvl_answer_form *form, const struct cvl_subject *subject)
{
    struct cvl_recommended choice;
    const char *variant = form->row->key.variant;
    if (form->kind != CVL_KIND_BANDED)
        return true;
    return cvl_answer_choose(subject->items, subject->count, &choice) &&
           (strcmp(choice.freed, variant) == 0 || strcmp(choice.kept, variant) == 0 ||
            (choice.faster && strcmp(choice.faster, variant) == 0));
}

/* One kernel after the other under both policies; what fuses and bands under the second. */
static void put_forms(const struct cvl_report *report, const struct cvl_subject *subject)
{
    const struct cvl_answer *kept = cvl_subject_answer(subject, CVL_ALL_LIVE);
    const struct cvl_answer *freed = cvl_subject_answer(subject, CVL_FREED);
    const struct cvl_answer *last = freed ? freed : kept;
    char how[40];
    if (kept && freed && kept->usual->kind == CVL_KIND_UNFUSED) {
        const bool inverted = kept->usual->row->key.problem.form == CVL_INVERTED;
        (void)snprintf(how, sizeof how, "%d kernels, kept", inverted ? 3 : 2);
        put_form(report, kept->usual, how);
        (void)snprintf(how, sizeof how, "%d kernels, freed", inverted ? 3 : 2);
        put_form(report, freed->usual, how);
    }
    for (size_t i = 0; last && i < last->form_count; i++) {
        const struct cvl_answer_form *form = &last->forms[i];
        if (form->is_usual && (is_shown(form, subject) || form == last->usual) &&
            form->kind != CVL_KIND_UNFUSED)
            put_form(report, form,
                     form->kind == CVL_KIND_NONE ? form->row->key.variant
                                                 : cvl_answer_kind_words(form));
    }
}

/* "  network of 53 layers, 162 ops"; with patches, "  network of 20 layers and 75 more patches, 65
 * ops" */
static void append_steps(struct cvl_text *text, const struct cvl_row *row)
{
    size_t ops = 0, patches = 0;
    for (size_t i = 0; i < row->layers_count; i++) {
        const bool is_op = strcmp(row->layers[i].variant, "op") == 0;
        ops += is_op;
        patches += !is_op && row->layers[i].weights == 0; /* they are another layer's */
    }
    cvl_text_append(text, "  network of %zu layers", row->layers_count - ops - patches);
    if (patches > 0)
        cvl_text_append(text, " and %zu more patches", patches);
    if (ops > 0)
        cvl_text_append(text, ", %zu op%s", ops, ops == 1 ? "" : "s");
}

/* The sizes of a layer, which its forms share, and the multiplier of the one that is judged. */
static void append_problem(struct cvl_text *text, const struct cvl_subject *subject)
{
    struct cvl_problem problem = cvl_subject_key(subject)->problem;
    problem.dm = subject->items[0].usual->row->key.problem.dm;
    cvl_text_append(text, "  ");
    cvl_problem_say(text, &problem);
}

void cvl_answer_put_detail(const struct cvl_report *report, const struct cvl_subject *subject)
{
    struct cvl_text text = {0};
    cvl_subject_append_name(&text, subject);
    if (cvl_subject_is_network(subject))
        append_steps(&text, subject->items[0].standard);
    else
        append_problem(&text, subject);
    cvl_answer_put(report, &text);
    put_standard(report, cvl_subject_answer(subject, CVL_FREED)
                             ? cvl_subject_answer(subject, CVL_FREED)
                             : &subject->items[0]);
    put_forms(report, subject);
}

void cvl_answer_put_line(const struct cvl_report *report, const struct cvl_subject *subject)
{
    const struct cvl_answer *kept = cvl_subject_answer(subject, CVL_ALL_LIVE);
    const struct cvl_answer *freed = cvl_subject_answer(subject, CVL_FREED);
    struct cvl_text text = {0};
    char name[20];
    cvl_copy_safe(name, sizeof name,
                  cvl_subject_is_network(subject) ? cvl_subject_key(subject)->network
                                                  : cvl_subject_key(subject)->layer);
    cvl_text_append(&text, "  %-19s", name);
    if (kept) {
        cvl_text_append(&text, " kept ");
        append_difference(&text, kept->usual, 13);
    }
    if (freed) {
        cvl_text_append(&text, " freed ");
        append_difference(&text, freed->usual, 13);
    }
    const struct cvl_answer_form *usual = (freed ? freed : &subject->items[0])->usual;
    if (usual->has_time) {
        char speed[CVL_SPEED_BYTES];
        cvl_answer_print_speed(speed, &usual->time);
        cvl_text_append(&text, " %s", speed);
    }
    cvl_answer_put(report, &text);
}

void cvl_answer_put_columns(const struct cvl_report *report, const struct cvl_subject *subject)
{
    const bool timed = subject->items[0].standard->has_time;
    const char *heading = cvl_subject_has_standard(subject) ? "VS STANDARD" : "VS UNFUSED";
    struct cvl_text text = {0};
    cvl_text_append(&text, "  %-10s%-17s%9s  %-13s", "FORM", "HOW", "PEAK", heading);
    if (timed)
        cvl_text_append(&text, "   TIME   %s", heading);
    cvl_answer_put(report, &text);
}

/* The phrases of answers. */
#include "model/answer_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *cvl_bytes_answer_name(enum cvl_bytes_answer answer)
{
    static const char *const names[CVL_BYTES_ANSWER_COUNT] = {
        [CVL_BYTES_SAME] = "same", [CVL_BYTES_MORE] = "more", [CVL_BYTES_LESS] = "less"};
    return (unsigned)answer < CVL_BYTES_ANSWER_COUNT ? names[answer] : "?";
}

static bool is_inverted(const struct cvl_answer_form *form)
{
    return form->row->key.problem.form == CVL_INVERTED;
}

const char *cvl_answer_kind_words(const struct cvl_answer_form *form)
{
    switch (form->kind) {
    case CVL_KIND_UNFUSED:
        return is_inverted(form) ? "three kernels" : "two kernels";
    case CVL_KIND_BANDED:
        return "banded";
    case CVL_KIND_FUSED:
        return "fused";
    default:
        return "other";
    }
}

const char *cvl_answer_kind_name(const struct cvl_answer_form *form)
{
    if (form->kind == CVL_KIND_UNFUSED)
        return is_inverted(form) ? "three_kernels" : "two_kernels";
    return cvl_answer_kind_words(form);
}

/* Three digits at most; what is not 0 never reads as 0. */
static int digits_of(double percent)
{
    const double size = fabs(percent);
    return size < 0.095 ? 2 : size < 99.95 ? 1 : 0;
}

void cvl_answer_print_percent(char text[CVL_PERCENT_BYTES], double percent)
{
    if (percent == 0.0)
        (void)snprintf(text, CVL_PERCENT_BYTES, "0 %%");
    else if (fabs(percent) < 0.01)
        (void)snprintf(text, CVL_PERCENT_BYTES, "%c0.01 %%", percent < 0.0 ? '-' : '+');
    else
        (void)snprintf(text, CVL_PERCENT_BYTES, "%+.*f %%", digits_of(percent), percent);
}

static int factor_digits(double factor)
{
    return factor < 9.95 ? 1 : 0;
}

/* "1.9-2.0x", "2.0x" where both ends print alike. */
static void print_range(char *text, size_t size, double low, double high)
{
    char first[16], second[16];
    (void)snprintf(first, sizeof first, "%.*f", factor_digits(low), low);
    (void)snprintf(second, sizeof second, "%.*f", factor_digits(high), high);
    if (strcmp(first, second) == 0)
        (void)snprintf(text, size, "%sx", first);
    else
        (void)snprintf(text, size, "%s-%sx", first, second);
}

void cvl_answer_print_speed(char text[CVL_SPEED_BYTES], const struct cvl_time_ratio *time)
{
    char range[34];
    switch (time->answer) {
    case CVL_TIME_FASTER:
        print_range(range, sizeof range, time->low, time->high);
        break;
    case CVL_TIME_SLOWER:
        print_range(range, sizeof range, 1.0 / time->high, 1.0 / time->low);
        break;
    default:
        (void)snprintf(text, CVL_SPEED_BYTES, "%s", cvl_time_answer_name(time->answer));
        return;
    }
    (void)snprintf(text, CVL_SPEED_BYTES, "%s %s", range, cvl_time_answer_name(time->answer));
}

/* "12.2 % (98304 bytes) more than direct"; "the same as direct (-0.1 %, 5120 bytes less)" */
static void say_bytes(struct cvl_text *text, const struct cvl_answer *answer,
                      const struct cvl_answer_form *form)
{
    const int64_t difference = form->difference_bytes;
    const uint64_t size = (uint64_t)(difference < 0 ? -difference : difference);
    const char *const side = difference < 0 ? "less" : "more";
    char amount[24], percent[CVL_PERCENT_BYTES];
    cvl_print_bytes(amount, sizeof amount, size);
    if (form->answer != CVL_BYTES_SAME) {
        cvl_text_append(text, "%.*f %% (%s) %s than ", digits_of(form->difference_percent),
                        fabs(form->difference_percent), amount, side);
        cvl_text_append_safe(text, answer->standard->key.variant);
        return;
    }
    cvl_text_append(text, "the same as ");
    cvl_text_append_safe(text, answer->standard->key.variant);
    cvl_answer_print_percent(percent, form->difference_percent);
    if (difference != 0)
        cvl_text_append(text, " (%s, %s %s)", percent, amount, side);
}

static void say_time(struct cvl_text *text, const struct cvl_time_ratio *time)
{
    char speed[CVL_SPEED_BYTES];
    cvl_answer_print_speed(speed, time);
    switch (time->answer) {
    case CVL_TIME_UNCLEAR:
        cvl_text_append(text, "; which is faster is unclear");
        break;
    case CVL_TIME_SAME:
        cvl_text_append(text, "; it takes the same time");
        break;
    default:
        cvl_text_append(text, "; it is %s", speed);
    }
}

static void append_subject(struct cvl_text *text, const struct cvl_row *row)
{
    const bool is_network = cvl_key_is_network(&row->key);
    cvl_text_append_safe(text, is_network ? row->key.network : row->key.layer);
}

enum cvl_status cvl_answer_say(struct cvl_answer *answer, struct cvl_error *err)
{
    const struct cvl_answer_form *usual = answer->usual;
    struct cvl_text text = {0};
    char peak[24];
    append_subject(&text, usual->row);
    cvl_print_bytes(peak, sizeof peak, usual->peak_bytes);
    cvl_text_append(&text, ", %s: the %s form, ", cvl_policy_words(answer->policy),
                    cvl_form_name(usual->row->key.problem.form));
    if (usual->kind != CVL_KIND_NONE)
        cvl_text_append(&text, "%s, ", cvl_answer_kind_words(usual));
    cvl_text_append_safe(&text, usual->row->key.variant);
    cvl_text_append(&text, ", needs %s: ", peak);
    say_bytes(&text, answer, usual);
    if (usual->has_time)
        say_time(&text, &usual->time);
    if (text.failed) {
        cvl_text_clear(&text);
        return cvl_fail(err, CVL_NO_MEMORY, "model: out of memory for answers");
    }
    cvl_copy(answer->sentence, sizeof answer->sentence, text.data);
    cvl_text_clear(&text);
    return CVL_OK;
}

static const struct cvl_answer *find_policy(const struct cvl_answer *items, size_t count,
                                            enum cvl_policy policy)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].policy == policy)
            return &items[i];
    return NULL;
}

/* "+4.5 %", "the same (-0.1 %)", "34.5 % less" */
static void say_percent(struct cvl_text *text, const struct cvl_answer_form *form)
{
    char percent[CVL_PERCENT_BYTES];
    cvl_answer_print_percent(percent, form->difference_percent);
    if (form->answer == CVL_BYTES_SAME)
        cvl_text_append(text, "the same (%s)", percent);
    else
        cvl_text_append(text, "%s", percent);
}

/* Where one kernel after the other needs more, a fused one may not. */
static void say_fused(struct cvl_text *text, const struct cvl_answer *answer)
{
    for (size_t i = 0; i < answer->form_count; i++) {
        const struct cvl_answer_form *form = &answer->forms[i];
        if (!form->is_usual || form->kind != CVL_KIND_FUSED || form->answer == CVL_BYTES_MORE)
            continue;
        cvl_text_append(text, "; fused: ");
        say_percent(text, form);
    }
}

void cvl_answer_headline(struct cvl_text *text, const struct cvl_answer *items, size_t count)
{
    static const char *const words[] = {"if all is kept", "if freed early"};
    const struct cvl_answer *kept = find_policy(items, count, CVL_ALL_LIVE);
    const struct cvl_answer *freed = find_policy(items, count, CVL_FREED);
    if (!kept || !freed) {
        cvl_text_append(text, "%s", items[0].sentence);
        return;
    }
    const bool kept_more = kept->usual->answer == CVL_BYTES_MORE;
    const bool freed_more = freed->usual->answer == CVL_BYTES_MORE;
    const bool freed_first = freed_more && !kept_more;
    const struct cvl_answer *first = freed_first ? freed : kept;
    const struct cvl_answer *second = freed_first ? kept : freed;
    if (kept_more && freed_more)
        cvl_text_append(text, "YES: ");
    else if (kept_more)
        cvl_text_append(text, "ONLY IF ALL BUFFERS ARE KEPT: ");
    else
        cvl_text_append(text, freed_more ? "ONLY IF BUFFERS ARE FREED EARLY: " : "NO: ");
    say_percent(text, first->usual);
    cvl_text_append(text, kept_more == freed_more ? " %s; " : "; ", words[0]);
    say_percent(text, second->usual);
    cvl_text_append(text, " %s", freed_first ? words[0] : words[1]);
    if (freed_more)
        say_fused(text, freed);
}

/* Something to take: a variant with its peak and its speed against the standard form. */
struct candidate {
    const char *variant;
    uint64_t bytes;
    struct cvl_time_ratio time;
    bool has_time;
};

enum { MAX_CANDIDATES = CVL_KIND_COUNT + 1 };

static size_t list_candidates(const struct cvl_answer *answer, struct candidate out[MAX_CANDIDATES])
{
    size_t count = 1;
    out[0] = (struct candidate){.variant = answer->standard->key.variant,
                                .bytes = answer->standard_bytes,
                                .time = {.ratio = 1.0, .low = 1.0, .high = 1.0},
                                .has_time = cvl_row_is_timed(answer->standard)};
    for (size_t i = 0; i < answer->form_count && count < MAX_CANDIDATES; i++) {
        const struct cvl_answer_form *form = &answer->forms[i];
        if (form->is_usual)
            out[count++] = (struct candidate){form->row->key.variant, form->peak_bytes, form->time,
                                              form->has_time};
    }
    return count;
}

/* The fastest of those within 1 % of the smallest; the smallest where times are not known. */
static const struct candidate *take(const struct candidate *candidates, size_t count)
{
    const struct candidate *best = &candidates[0];
    bool all_timed = true;
    for (size_t i = 0; i < count; i++) {
        all_timed &= candidates[i].has_time;
        if (candidates[i].bytes < best->bytes)
            best = &candidates[i];
    }
    const double limit = 1.01 * (double)best->bytes;
    for (size_t i = 0; all_timed && i < count; i++)
        if ((double)candidates[i].bytes <= limit && candidates[i].time.ratio > best->time.ratio)
            best = &candidates[i];
    return best;
}

/* One that is surely faster than the one to take, though larger. */
static const struct candidate *find_faster(const struct candidate *candidates, size_t count,
                                           const struct candidate *taken)
{
    const struct candidate *faster = NULL;
    for (size_t i = 0; i < count && taken->has_time; i++)
        if (candidates[i].has_time && candidates[i].time.low > 1.1 * taken->time.high &&
            (!faster || candidates[i].time.ratio > faster->time.ratio))
            faster = &candidates[i];
    return faster;
}

bool cvl_answer_choose(const struct cvl_answer *items, size_t count, struct cvl_recommended *out)
{
    const struct cvl_answer *kept = find_policy(items, count, CVL_ALL_LIVE);
    const struct cvl_answer *freed = find_policy(items, count, CVL_FREED);
    struct candidate candidates[MAX_CANDIDATES];
    *out = (struct cvl_recommended){0};
    if (!kept || !freed)
        return false;
    out->kept = take(candidates, list_candidates(kept, candidates))->variant;
    const size_t freed_count = list_candidates(freed, candidates);
    const struct candidate *taken = take(candidates, freed_count);
    const struct candidate *faster = find_faster(candidates, freed_count, taken);
    out->freed = taken->variant;
    if (faster) {
        out->faster = faster->variant;
        out->faster_percent = 100.0 * ((double)faster->bytes / (double)taken->bytes - 1.0);
    }
    return true;
}

void cvl_answer_recommend(struct cvl_text *text, const struct cvl_recommended *choice)
{
    cvl_text_append(text, "take ");
    cvl_text_append_safe(text, choice->freed);
    if (strcmp(choice->kept, choice->freed) != 0) {
        cvl_text_append(text, " if freed early, ");
        cvl_text_append_safe(text, choice->kept);
        cvl_text_append(text, " if all is kept");
    }
    if (choice->faster) {
        char percent[CVL_PERCENT_BYTES];
        cvl_answer_print_percent(percent, choice->faster_percent);
        cvl_text_append(text, "; ");
        cvl_text_append_safe(text, choice->faster);
        cvl_text_append(text, " is faster and needs %s", percent);
    }
    cvl_text_append(text, ".");
}

/* The phrases that verdicts consist of. */
#include "model/wording.h"

/* All amounts in a sentence use one unit, so that they are easy to compare: that of the sentence's
 * peak, unless the amount is too small for it. */
static void append_amount(struct cvl_text *text, uint64_t bytes, uint64_t peak)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    double value = (double)bytes;
    for (double whole = (double)peak; whole >= 1024.0; whole /= 1024.0) {
        value /= 1024.0;
        unit++;
    }
    if (unit > 0 && value >= 0.1 && value < 9.995) {
        cvl_text_append(text, "%.2f %s", value, units[unit]);
        return;
    }
    char amount[24];
    cvl_print_bytes(amount, sizeof amount, bytes);
    cvl_text_append(text, "%s", amount);
}

static void append_percent(struct cvl_text *text, uint64_t difference, uint64_t whole)
{
    double percent = 100.0 * (double)difference / (double)whole;
    if (percent < 0.01)
        cvl_text_append(text, "under 0.01 %%");
    else
        cvl_text_append(text, "%.*f %%", percent < 0.95 ? 2 : percent < 99.95 ? 1 : 0, percent);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

void cvl_say_peak(struct cvl_text *text, const struct cvl_verdict *verdict)
{
    char peak[24];
    cvl_print_bytes(peak, sizeof peak, verdict->bytes);
    cvl_text_append_safe(text, verdict->row->key.layer);
    cvl_text_append(text, ", %s: ", cvl_policy_name(verdict->policy));
    cvl_text_append_safe(text, verdict->row->key.variant);
    cvl_text_append(text, " peaks at %s", peak);
}

void cvl_say_difference(struct cvl_text *text, const struct cvl_verdict *verdict)
{
    uint64_t bytes = verdict->bytes, baseline = verdict->baseline_bytes;
    if (bytes == baseline) {
        cvl_text_append(text, "the same as ");
    } else {
        append_amount(text, distance(bytes, baseline), bytes);
        if (baseline > 0) {
            cvl_text_append(text, " (");
            append_percent(text, distance(bytes, baseline), baseline);
            cvl_text_append(text, ")");
        }
        cvl_text_append(text, bytes < baseline ? " less than " : " more than ");
    }
    cvl_text_append_safe(text, verdict->baseline->key.variant);
}

void cvl_say_without_weights(struct cvl_text *text, const struct cvl_verdict *verdict)
{
    uint64_t bytes = verdict->bytes_without_weights;
    uint64_t baseline = verdict->baseline_bytes_without_weights;
    if (bytes == CVL_ABSENT || baseline == CVL_ABSENT)
        return;
    if (bytes == baseline) {
        cvl_text_append(text, " (the same without weights)");
        return;
    }
    cvl_text_append(text, " (");
    append_amount(text, distance(bytes, baseline), verdict->bytes);
    cvl_text_append(text, " %s without weights)", bytes < baseline ? "less" : "more");
}

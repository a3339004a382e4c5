/* Words of the tables and documents, found in the tables that declare them. */
#include "report/words.h"

#include <string.h>

#include <convlens/policy.h>

#include "base/text.h"
#include "report/family.h"
#include "report/terms.h"

static const char *unit_name(enum cvl_unit unit)
{
    static const char *const names[] = {[CVL_UNIT_NONE] = "",
                                        [CVL_UNIT_BYTES] = "bytes",
                                        [CVL_UNIT_SECONDS] = "seconds",
                                        [CVL_UNIT_RATIO] = "ratio"};
    return names[unit];
}

/* A metric by its name, or by the heading of its column. */
static void set_metric(struct cvl_word *out, const struct cvl_metric *metric, bool by_heading)
{
    char name[CVL_METRIC_NAME_BYTES];
    cvl_metric_name(metric, name);
    *out = (struct cvl_word){0};
    cvl_metric_meaning(metric, out->meaning_buffer);
    cvl_copy(out->word_buffer, sizeof out->word_buffer, by_heading ? metric->heading : name);
    out->word = out->word_buffer;
    out->meaning = out->meaning_buffer;
    out->kind = by_heading ? "heading" : "metric";
    out->unit = unit_name(metric->unit);
    out->from = "";
}

/* Metrics; then again those that have a heading. */
static bool get_metric(size_t index, struct cvl_word *out)
{
    const size_t count = cvl_metric_count();
    if (index < count) {
        set_metric(out, cvl_metric_at(index), false);
        return true;
    }
    index -= count;
    for (size_t i = 0; i < count; i++)
        if (cvl_metric_at(i)->heading[0] != '\0' && index-- == 0) {
            set_metric(out, cvl_metric_at(i), true);
            return true;
        }
    return false;
}

static bool get_policy_title(size_t index, struct cvl_word *out)
{
    if (index >= CVL_POLICY_COUNT)
        return false;
    const enum cvl_policy policy = (enum cvl_policy)index;
    *out = (struct cvl_word){.word = cvl_policy_title(policy),
                             .kind = "heading",
                             .unit = "bytes",
                             .from = "the policy's peak",
                             .meaning = cvl_policy_summary(policy)};
    return true;
}

/* "variants" -> "variant", "policies" -> "policy" */
static const char *singular(const char *family)
{
    static const char *const names[][2] = {{"variants", "variant"},
                                           {"writers", "format"},
                                           {"probes", "probe"},
                                           {"fields", "field"},
                                           {"policies", "policy"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], family) == 0)
            return names[i][1];
    return NULL; /* metrics and terms have come already */
}

static bool get_entry(size_t index, struct cvl_word *out)
{
    const struct cvl_family *family;
    for (size_t f = 0; (family = cvl_family_at(f)) != NULL; f++) {
        const char *kind = singular(cvl_family_name(family));
        struct cvl_family_entry entry;
        for (size_t i = 0; kind && cvl_family_get(family, i, &entry); i++) {
            if (index-- > 0)
                continue;
            *out = (struct cvl_word){.kind = kind, .unit = "", .from = ""};
            cvl_copy(out->word_buffer, sizeof out->word_buffer, entry.name);
            cvl_copy(out->meaning_buffer, sizeof out->meaning_buffer, entry.summary);
            out->word = out->word_buffer;
            out->meaning = out->meaning_buffer;
            return true;
        }
    }
    return false;
}

static size_t count(bool (*get)(size_t index, struct cvl_word *out))
{
    struct cvl_word word;
    size_t n = 0;
    while (get(n, &word))
        n++;
    return n;
}

static bool get_term(size_t index, struct cvl_word *out)
{
    const struct cvl_term *term = cvl_term_at(index);
    if (!term)
        return false;
    *out = (struct cvl_word){.word = term->word,
                             .kind = term->kind,
                             .unit = term->unit,
                             .from = term->from,
                             .meaning = term->meaning};
    return true;
}

bool cvl_word_at(size_t index, struct cvl_word *out)
{
    static bool (*const sources[])(size_t, struct cvl_word *) = {get_term, get_metric,
                                                                 get_policy_title, get_entry};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (sources[i](index, out))
            return true;
        index -= count(sources[i]);
    }
    return false;
}

/* What of a comparison is a failure. */
#include <convlens/compare.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

enum { WORD_BYTES = 48 };

static const char *const words[CVL_OUTCOME_COUNT] = {
#define CVL_OUTCOME_WORD(ID, name, title, word, ...) [CVL_OUTCOME_##ID] = word,
    CVL_OUTCOME_LIST(CVL_OUTCOME_WORD, )
#undef CVL_OUTCOME_WORD
};

struct cvl_compare_rules cvl_compare_rules_default(void)
{
    return (struct cvl_compare_rules){
        .min_change = 0.05,
        .max_p_value = 0.01,
        .fail_on = CVL_OUTCOME_BIT(MORE_MEMORY) | CVL_OUTCOME_BIT(FAILED),
        .fail_bytes = 1,
    };
}

static enum cvl_status refuse_word(const char *word, struct cvl_error *err)
{
    struct cvl_nearest nearest = {.word = word};
    struct cvl_text hint = {0};
    char safe[2 * WORD_BYTES];
    for (size_t i = 0; i < CVL_OUTCOME_COUNT; i++)
        if (words[i][0] != '\0')
            cvl_nearest_offer(&nearest, words[i]);
    cvl_nearest_append(&nearest, &hint);
    cvl_copy_safe(safe, sizeof safe, word);
    const enum cvl_status status =
        cvl_fail(err, CVL_BAD_INPUT,
                 "got '%s', expected a list of memory, memory:SIZE, failed, time, time:PERCENT%%, "
                 "unsure, new and gone, or none%s",
                 safe, hint.data ? hint.data : "");
    cvl_text_clear(&hint);
    return status;
}

/* "10%" after "time:"; "64KiB" after "memory:". */
static enum cvl_status read_amount(enum cvl_outcome outcome, char *amount,
                                   struct cvl_compare_rules *rules, struct cvl_error *err)
{
    char safe[2 * WORD_BYTES];
    double percent = 0.0;
    const size_t length = strlen(amount);
    cvl_copy_safe(safe, sizeof safe, amount);
    if (outcome == CVL_OUTCOME_MORE_MEMORY) {
        if (cvl_parse_bytes(amount, &rules->fail_bytes))
            return CVL_OK;
        return cvl_fail(err, CVL_BAD_INPUT, "memory: got '%s', expected a size such as 64KiB",
                        safe);
    }
    if (outcome != CVL_OUTCOME_SLOWER)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: expected nothing after it, got ':%s'",
                        words[outcome], safe);
    const bool has_sign = length > 0 && amount[length - 1] == '%';
    if (has_sign)
        amount[length - 1] = '\0';
    if (!has_sign || !cvl_parse_double(amount, 0.0, 1e6, &percent))
        return cvl_fail(err, CVL_BAD_INPUT, "time: got '%s', expected percent such as 10%%", safe);
    rules->fail_change = percent / 100.0;
    return CVL_OK;
}

static enum cvl_status read_word(char *word, struct cvl_compare_rules *rules, struct cvl_error *err)
{
    char *amount = strchr(word, ':');
    if (amount)
        *amount++ = '\0';
    for (unsigned i = 0; i < CVL_OUTCOME_COUNT; i++)
        if (words[i][0] != '\0' && strcmp(words[i], word) == 0) {
            rules->fail_on |= 1U << i;
            return amount ? read_amount((enum cvl_outcome)i, amount, rules, err) : CVL_OK;
        }
    return refuse_word(word, err);
}

enum cvl_status cvl_fail_on_parse(const char *text, struct cvl_compare_rules *rules,
                                  struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    rules->fail_on = 0;
    rules->fail_bytes = 1;
    rules->fail_change = 0.0;
    if (strcmp(text, "none") == 0)
        return CVL_OK;
    for (const char *rest = text; rest && status == CVL_OK;) {
        char word[WORD_BYTES];
        const char *comma = strchr(rest, ',');
        const size_t length = comma ? (size_t)(comma - rest) : strlen(rest);
        (void)snprintf(word, sizeof word, "%.*s",
                       (int)(length < sizeof word ? length : sizeof word - 1), rest);
        status = read_word(word, rules, err);
        rest = comma ? comma + 1 : NULL;
    }
    return status;
}

void cvl_fail_on_print(const struct cvl_compare_rules *rules, char *text, size_t size)
{
    size_t used = 0;
    cvl_copy(text, size, "none");
    for (unsigned i = 0; i < CVL_OUTCOME_COUNT; i++) {
        char amount[40] = "";
        if (!(rules->fail_on >> i & 1U) || used >= size)
            continue;
        if (i == CVL_OUTCOME_MORE_MEMORY && rules->fail_bytes > 1)
            (void)snprintf(amount, sizeof amount, ":%" PRIu64 "B", rules->fail_bytes);
        if (i == CVL_OUTCOME_SLOWER && rules->fail_change > 0.0)
            (void)snprintf(amount, sizeof amount, ":%g%%", 100.0 * rules->fail_change);
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s%s", used ? "," : "", words[i], amount);
    }
}

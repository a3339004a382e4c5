/* Names and words of the policies. */
#include "plan/policy.h"

#include <assert.h>

static const char *const names[] = {
#define NAME(ID, name, ...) #name,
    CVL_POLICY_LIST(NAME, )};

const struct cvl_names cvl_policy_names = {"policy", names, CVL_POLICY_COUNT};

const char *cvl_policy_name(enum cvl_policy policy)
{
    return cvl_names_get(&cvl_policy_names, policy);
}

const char *cvl_policy_summary(enum cvl_policy policy)
{
    static const char *const summaries[] = {
#define SUMMARY(ID, name, heading, title, words, summary, ...) summary,
        CVL_POLICY_LIST(SUMMARY, )};
    assert((unsigned)policy < CVL_POLICY_COUNT);
    return summaries[policy];
}

const char *cvl_policy_title(enum cvl_policy policy)
{
    static const char *const titles[] = {
#define TITLE(ID, name, heading, title, ...) title,
        CVL_POLICY_LIST(TITLE, )};
    assert((unsigned)policy < CVL_POLICY_COUNT);
    return titles[policy];
}

const char *cvl_policy_words(enum cvl_policy policy)
{
    static const char *const all_words[] = {
#define WORDS(ID, name, heading, title, words, ...) words,
        CVL_POLICY_LIST(WORDS, )};
    assert((unsigned)policy < CVL_POLICY_COUNT);
    return all_words[policy];
}

enum cvl_status cvl_policy_parse(const char *text, enum cvl_policy *out, struct cvl_error *err)
{
    unsigned value = 0;
    const enum cvl_status status = cvl_names_find(&cvl_policy_names, text, &value, err);
    if (status == CVL_OK)
        *out = (enum cvl_policy)value;
    return status;
}

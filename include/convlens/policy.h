/** When buffers live: each policy once. */
#ifndef CONVLENS_POLICY_H
#define CONVLENS_POLICY_H

#include <convlens/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Each policy once; the order is that of the columns: append only. The enum, names, help, columns
 *  of CSV and of the store, and headings come from here. What a policy does to a plan's peak is in
 *  src/plan/measure.c; what it does in the memory pass, in src/run/memory/memory_pass.c.
 *
 *  EACH(ID, name, heading, title, words, summary, ...)
 *    heading  of its column among the results, "" for none: there is room for three
 *    title    of its column among the plans
 *    words    in a sentence
 *    ...      what the user of the list adds */
#define CVL_POLICY_LIST(EACH, ...)                                                                 \
    EACH(ALL_LIVE, all_live, "all kept", "ALL KEPT", "all buffers kept",                           \
         "every buffer allocated up front", __VA_ARGS__)                                           \
    EACH(FREED, freed, "freed early", "FREED EARLY", "buffers freed early",                        \
         "each buffer allocated at its first use, released after its last", __VA_ARGS__)           \
    EACH(FREED_PINNED, freed_pinned, "", "INPUT KEPT", "buffers freed early but the input kept",   \
         "as freed, but the caller keeps the input, as a residual does", __VA_ARGS__)              \
    EACH(ARENA, arena, "arena", "ARENA", "buffers in one arena",                                   \
         "one allocation, offsets chosen from lifetimes", __VA_ARGS__)

/** CVL_ALL_LIVE, CVL_FREED, CVL_FREED_PINNED, CVL_ARENA; CVL_POLICY_COUNT */
enum cvl_policy {
#define CVL_POLICY_ID(ID, ...) CVL_##ID,
    CVL_POLICY_LIST(CVL_POLICY_ID, )
#undef CVL_POLICY_ID
        CVL_POLICY_COUNT
};

CVL_API const char *cvl_policy_name(enum cvl_policy policy); /* "all_live", … */
CVL_API const char *cvl_policy_summary(enum cvl_policy policy);
CVL_API const char *cvl_policy_title(enum cvl_policy policy); /* "ALL KEPT", … */
CVL_API const char *cvl_policy_words(enum cvl_policy policy); /* "all buffers kept", … */
/** @return CVL_OK, or CVL_BAD_INPUT listing the policies */
CVL_API enum cvl_status cvl_policy_parse(const char *text, enum cvl_policy *out,
                                         struct cvl_error *err);

#ifdef __cplusplus
}
#endif

#endif

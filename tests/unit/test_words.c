/* Every name that a row or a table may have is explained; misspelt words find their name. */
#include <criterion/criterion.h>

#include <string.h>

#include <convlens/policy.h>
#include <convlens/result.h>
#include <convlens/variant.h>

#include "base/globs.h"
#include "base/nearest.h"
#include "cli/exits.h"
#include "problem/names.h"
#include "report/words.h"

static void expect_word(const char *name, const char *kind)
{
    struct cvl_word word;
    bool found = false;
    for (size_t i = 0; !found && cvl_word_at(i, &word); i++)
        found = strcmp(word.word, name) == 0 && strcmp(word.kind, kind) == 0;
    cr_expect(found, "%s, a %s, is not in src/report/terms.def", name, kind);
}

Test(words, every_name_is_explained)
{
    const struct cvl_names *const families[] = {&cvl_form_names, &cvl_layout_names,
                                                &cvl_dtype_names, &cvl_passes_names,
                                                &cvl_optimizer_names};
    for (int i = 0; i < CVL_ROW_STATUS_COUNT; i++)
        expect_word(cvl_row_status_name((enum cvl_row_status)i), "status");
    for (int i = 0; i < CVL_ROLE_COUNT; i++)
        expect_word(cvl_role_name((enum cvl_role)i), "role");
    for (int i = 0; i < CVL_CLOCK_COUNT; i++)
        expect_word(cvl_clock_name((enum cvl_clock)i), "clock");
    for (int i = 0; i < CVL_TUNING_SOURCE_COUNT; i++)
        expect_word(cvl_tuning_source_name((enum cvl_tuning_source)i), "source");
    for (int i = 0; i < CVL_POLICY_COUNT; i++)
        expect_word(cvl_policy_name((enum cvl_policy)i), "policy");
    for (size_t v = 0; v < cvl_variant_count(); v++)
        expect_word(cvl_variant_name(cvl_variant_at(v)), "variant");
    for (size_t f = 0; f < sizeof families / sizeof families[0]; f++)
        for (unsigned i = 0; i < families[f]->count; i++)
            expect_word(families[f]->at[i],
                        strcmp(families[f]->what, "dtype") == 0 ? "type" : families[f]->what);
}

Test(words, every_word_has_a_meaning)
{
    struct cvl_word word;
    size_t count = 0;
    for (; cvl_word_at(count, &word); count++)
        cr_expect(*word.word && *word.kind && *word.meaning, "%s", word.word);
    cr_expect_gt(count, 200);
}

static const char *nearest(const char *word)
{
    static const char *const names[] = {"direct", "sep_fused", "sep_unfused", "freed", "run"};
    struct cvl_nearest search = {.word = word};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cvl_nearest_offer(&search, names[i]);
    return search.best ? search.best : "none";
}

Test(words, the_nearest_name_is_found)
{
    cr_expect_str_eq(nearest("rnu"), "run");
    cr_expect_str_eq(nearest("RUN"), "run");
    cr_expect_str_eq(nearest("dirct"), "direct");
    cr_expect_str_eq(nearest("direckt"), "direct");
    cr_expect_str_eq(nearest("fred"), "freed");
    cr_expect_str_eq(nearest("sep_fsued"), "sep_fused");
    cr_expect_str_eq(nearest("sep"), "sep_fused"); /* its beginning */
    cr_expect_str_eq(nearest("warp"), "none");
    cr_expect_str_eq(nearest("x"), "none");
    cr_expect_str_eq(nearest(""), "none");
    cr_expect_str_eq(nearest("a word that is longer than any name that there is, by far, and more"),
                     "none");
}

Test(words, rows_call_for_an_exit_status)
{
    struct cvl_row rows[3] = {
        {.status = CVL_ROW_SKIPPED}, {.status = CVL_ROW_UNSUPPORTED}, {.status = CVL_ROW_OK}};
    struct cvl_results results = {.rows = rows};
    cr_expect_eq(cvl_exit_of_rows(&results), CVL_EXIT_DONE, "no rows");
    results.row_count = 2;
    cr_expect_eq(cvl_exit_of_rows(&results), CVL_EXIT_NOTHING);
    results.row_count = 3;
    cr_expect_eq(cvl_exit_of_rows(&results), CVL_EXIT_DONE);
    rows[0].status = CVL_ROW_CRASHED;
    cr_expect_eq(cvl_exit_of_rows(&results), CVL_EXIT_WRONG);
    results.row_count = 1;
    cr_expect_eq(cvl_exit_of_rows(&results), CVL_EXIT_WRONG);
}

static const char *get_name(const void *user, size_t index)
{
    const char *const *names = user;
    return names[index];
}

Test(words, a_glob_that_matches_nothing_names_what_there_is)
{
    static const char *const names[] = {"block1", "block2", "block1", "\x1b[2J", NULL};
    struct cvl_globs globs = {0};
    struct cvl_error err = {0};
    cr_assert_eq(cvl_globs_add(&globs, "block*,blokc2", &err), CVL_OK);
    cr_expect_eq(cvl_globs_check(&globs, "--layer", "layer", get_name, names, &err), CVL_BAD_INPUT);
    cr_expect_str_eq(err.text, "--layer: no layer matches 'blokc2'; there are block1, block2, "
                               "\\x1b[2J; did you mean 'block2'?");
    cvl_globs_clear(&globs);
    cr_expect_eq(cvl_globs_add(&globs, "a,,b", &err), CVL_BAD_INPUT);
    cvl_globs_clear(&globs);
}

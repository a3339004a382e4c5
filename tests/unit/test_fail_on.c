/* The list of what is a failure, read and written. */
#include <criterion/criterion.h>

#include <string.h>

#include <convlens/compare.h>

static void expect_parsed(const char *text, unsigned fail_on, uint64_t bytes, double change)
{
    struct cvl_compare_rules rules = cvl_compare_rules_default();
    struct cvl_error err = {0};
    char printed[128];
    cr_assert_eq(cvl_fail_on_parse(text, &rules, &err), CVL_OK, "%s: %s", text, err.text);
    cr_expect_eq(rules.fail_on, fail_on, "%s", text);
    cr_expect_eq(rules.fail_bytes, bytes, "%s", text);
    cr_expect_float_eq(rules.fail_change, change, 1e-12, "%s", text);
    cvl_fail_on_print(&rules, printed, sizeof printed);
    struct cvl_compare_rules again = {0};
    cr_assert_eq(cvl_fail_on_parse(printed, &again, NULL), CVL_OK, "%s", printed);
    cr_expect_eq(again.fail_on, rules.fail_on);
    cr_expect_eq(again.fail_bytes, rules.fail_bytes);
    cr_expect_eq(again.fail_change, rules.fail_change);
}

static void expect_refused(const char *text, const char *part)
{
    struct cvl_compare_rules rules;
    struct cvl_error err = {0};
    cr_expect_eq(cvl_fail_on_parse(text, &rules, &err), CVL_BAD_INPUT, "%s", text);
    cr_expect(strstr(err.text, part), "%s: got %s, expected %s", text, err.text, part);
}

Test(fail_on, it_is_a_list_of_words)
{
    expect_parsed("none", 0, 1, 0.0);
    expect_parsed("memory,failed", CVL_OUTCOME_BIT(MORE_MEMORY) | CVL_OUTCOME_BIT(FAILED), 1, 0.0);
    expect_parsed("memory:64KiB", CVL_OUTCOME_BIT(MORE_MEMORY), 65536, 0.0);
    expect_parsed("time:10%,new,gone,unsure",
                  CVL_OUTCOME_BIT(SLOWER) | CVL_OUTCOME_BIT(NEW) | CVL_OUTCOME_BIT(GONE) |
                      CVL_OUTCOME_BIT(UNSURE),
                  1, 0.1);
    expect_refused("memry", "did you mean 'memory'?");
    expect_refused("tiem", "did you mean 'time'?");
    expect_refused("xyzzy", "expected a list of memory");
    expect_refused("", "got ''");
    expect_refused("memory,", "got ''");
    expect_refused("none,memory", "got 'none'");
    expect_refused("memory:lots", "expected a size");
    expect_refused("time:10", "expected percent");
    expect_refused("new:3", "expected nothing after it");
    expect_refused("mem\x1b", "got 'mem\\x1b'");
}

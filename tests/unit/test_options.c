#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/option_table.h"

enum { MAX_WORDS = 16 };

/* Words of a command line, separated by '|'; the first is the verb. */
struct line {
    char text[256];
    char *words[MAX_WORDS];
    int count;
    struct cvl_options options;
    struct cvl_error err;
};

static enum cvl_status read_line(struct line *line, unsigned verb_bit, const char *text)
{
    *line = (struct line){0};
    snprintf(line->text, sizeof line->text, "%s", text);
    for (char *rest = line->text, *word; (word = strsep(&rest, "|"));)
        line->words[line->count++] = word;
    return cvl_options_read(line->count, line->words, verb_bit, &line->options, &line->err);
}

static void expect_refusal(unsigned verb_bit, const char *text, const char *expected)
{
    struct line line;
    cr_expect_eq(read_line(&line, verb_bit, text), CVL_BAD_INPUT, "%s", text);
    cr_expect_str_eq(line.err.text, expected, "%s: got '%s'", text, line.err.text);
    cvl_options_clear(&line.options);
}

Test(options, none_given_are_defaults)
{
    struct line line;
    cr_assert_eq(read_line(&line, CVL_FOR_RUN, "run|a.ini"), CVL_OK);
    cr_expect_str_eq(line.options.store, "convlens.db");
    cr_expect_eq(line.options.timeout_s, 0.0);
    cr_expect_eq(line.options.run.budget_s, 0.0);
    cr_expect_eq(line.options.selectors.count, 0);
    cr_expect_not(line.options.filter.networks_only);
    cr_expect_eq(line.options.filter.layout_count, 0);
    cr_expect_eq(line.options.filter.shards, 0);
    cr_expect_not(line.options.resume);
    cr_assert_eq(line.options.operand_count, 1);
    cr_expect_str_eq(line.options.operands[0], "a.ini");
    cvl_options_clear(&line.options);
}

Test(options, operands_and_options_mix)
{
    struct line line;
    cr_assert_eq(read_line(&line, CVL_FOR_RUN,
                           "run|-d|0:0|a.ini|--device=gpu|-|-vs|x.db|--resume|--|--verbose"),
                 CVL_OK, "%s", line.err.text);
    const struct cvl_options *o = &line.options;
    cr_assert_eq(o->selectors.count, 2);
    cr_expect_str_eq(o->selectors.at[0], "0:0");
    cr_expect_str_eq(o->selectors.at[1], "gpu");
    cr_expect(o->verbose && o->resume);
    cr_expect_str_eq(o->store, "x.db");
    cr_assert_eq(o->operand_count, 3);
    cr_expect_str_eq(o->operands[0], "a.ini");
    cr_expect_str_eq(o->operands[1], "-");
    cr_expect_str_eq(o->operands[2], "--verbose");
    cvl_options_clear(&line.options);
}

Test(options, lists_and_numbers)
{
    struct line line;
    cr_assert_eq(read_line(&line, CVL_FOR_RUN,
                           "run|--layout|nchw , nhwc,nchw|--dtype=f16|--shard=3/7|--timeout=2.5|"
                           "--budget|1e-2"),
                 CVL_OK, "%s", line.err.text);
    const struct cvl_options *o = &line.options;
    cr_assert_eq(o->filter.layout_count, 2);
    cr_expect_eq(o->filter.layouts[0], CVL_NCHW);
    cr_expect_eq(o->filter.layouts[1], CVL_NHWC);
    cr_assert_eq(o->filter.dtype_count, 1);
    cr_expect_eq(o->filter.dtypes[0], CVL_F16);
    cr_expect_eq(o->filter.shard, 3);
    cr_expect_eq(o->filter.shards, 7);
    cr_expect_eq(o->timeout_s, 2.5);
    cr_expect_eq(o->run.budget_s, 0.01);
    cvl_options_clear(&line.options);
}

/* What a worker is given is a part of its own. */
Test(options, those_of_workers)
{
    struct line line;
    cr_assert_eq(read_line(&line, CVL_FOR_RUN,
                           "run|--network|--memory-limit=3MiB|--dump-tensors|d e|--program-sizes|"
                           "--tuning=2:pixels=7"),
                 CVL_OK, "%s", line.err.text);
    const struct cvl_options *o = &line.options;
    cr_expect(o->filter.networks_only);
    cr_expect_eq(o->run.memory_limit_bytes, 3u << 20);
    cr_expect_str_eq(o->run.dump_folder, "d e");
    cr_expect(o->run.program_sizes);
    cr_expect_not(o->run.time_only);
    cr_expect_str_eq(o->tuning, "2:pixels=7");
    cvl_options_clear(&line.options);
}

/* Many of them. */
Test(options, what_may_be_repeated_is_kept_in_order)
{
    char words[64][16], *line[65] = {(char *)"plan"};
    struct cvl_options options;
    struct cvl_error err = {0};
    for (int i = 0; i < 64; i++) {
        snprintf(words[i], sizeof words[i], i % 2 ? "-fcsv:%d" : "-pic%d", i);
        line[1 + i] = words[i];
    }
    cr_assert_eq(cvl_options_read(65, line, CVL_FOR_PLAN, &options, &err), CVL_OK, "%s", err.text);
    cr_assert_eq(options.problems.count, 32);
    cr_assert_eq(options.formats.count, 32);
    for (size_t i = 0; i < 32; i++) {
        cr_expect_str_eq(options.problems.at[i], words[2 * i] + 2);
        cr_expect_str_eq(options.formats.at[i], words[2 * i + 1] + 2);
    }
    cvl_options_clear(&options);
    cr_expect_null(options.problems.at);
}

Test(options, a_list_given_again_adds_and_never_overflows)
{
    struct line line;
    cr_assert_eq(
        read_line(&line, CVL_FOR_PLAN, "plan|--layout=nhwc,nhwc,nchw|--layout=nchw,nhwc,nchw,nhwc"),
        CVL_OK);
    cr_expect_eq(line.options.filter.layout_count, 2);
    cvl_options_clear(&line.options);
}

Test(options, the_command_is_kept_quoted_and_safe)
{
    struct line line;
    cr_assert_eq(read_line(&line, CVL_FOR_RUN, "run|--layer|it's|-v|a b.ini||\x1b[2J"), CVL_OK);
    cr_expect_str_eq(line.options.command,
                     "convlens run --layer 'it'\\''s' -v 'a b.ini' '' $'\\x1b[2J'");
    cvl_options_clear(&line.options);
}

Test(options, what_is_wrong_is_named)
{
    expect_refusal(CVL_FOR_RUN, "run|a.ini|--nope",
                   "--nope: unknown or ambiguous option; see convlens run --help");
    expect_refusal(CVL_FOR_RUN, "run|--d=x",
                   "--d: unknown or ambiguous option; see convlens run --help");
    expect_refusal(CVL_FOR_RUN, "run|a.ini|-vx", "-x: unknown option; see convlens run --help");
    expect_refusal(CVL_FOR_RUN, "run|--resume=5", "--resume=5: expected no value");
    expect_refusal(CVL_FOR_RUN, "run|a.ini|--store", "--store: expected a value after it");
    expect_refusal(CVL_FOR_RUN, "run|a.ini|-s", "-s: expected a value after it");
    expect_refusal(CVL_FOR_RUN, "run|--chain",
                   "--chain: unknown or ambiguous option; see convlens run --help");
    expect_refusal(CVL_FOR_TUNE, "tune|--network", "--network: not an option of convlens tune");
    expect_refusal(CVL_FOR_PLAN, "plan|--resume", "--resume: not an option of convlens plan");
    expect_refusal(CVL_FOR_REPORT, "report|-s|x", "--store: not an option of convlens report");
}

Test(options, values_out_of_range_are_refused)
{
    static const char *const seconds[] = {"0",   "-1", "nan", "inf", "0x10", "1e7",
                                          "5 s", "",   " 5",  "+5",  "1,5"};
    char text[64], expected[128];
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        snprintf(text, sizeof text, "run|--timeout|%s", seconds[i]);
        snprintf(expected, sizeof expected,
                 "--timeout: got '%s', expected seconds from 0.001 to 1000000", seconds[i]);
        expect_refusal(CVL_FOR_RUN, text, expected);
    }
    static const char *const shards[] = {"0/3", "4/3", "1", "1/", "/3", "-1/3", "1/3/3", "a/b", ""};
    for (size_t i = 0; i < sizeof shards / sizeof shards[0]; i++) {
        snprintf(text, sizeof text, "run|--shard|%s", shards[i]);
        snprintf(expected, sizeof expected, "--shard: got '%s', expected I/N with 1 <= I <= N",
                 shards[i]);
        expect_refusal(CVL_FOR_RUN, text, expected);
    }
    expect_refusal(CVL_FOR_RUN, "run|--memory-limit|64MB",
                   "--memory-limit: got '64MB', expected a size from 1B on, with B, KiB, MiB, GiB "
                   "or TiB after it: 64MiB");
    expect_refusal(CVL_FOR_REPORT, "report|--run|0",
                   "--run: got '0', expected the number of a run");
    expect_refusal(CVL_FOR_REPORT, "report|--run|9223372036854775808",
                   "--run: got '9223372036854775808', expected the number of a run");
}

Test(options, a_refusal_leaves_the_next_reading_alone)
{
    struct line line;
    expect_refusal(CVL_FOR_RUN, "run|-vxq", "-x: unknown option; see convlens run --help");
    cr_assert_eq(read_line(&line, CVL_FOR_RUN, "run|a.ini|-v"), CVL_OK, "%s", line.err.text);
    cr_expect(line.options.verbose);
    cr_expect_eq(line.options.operand_count, 1);
    cvl_options_clear(&line.options);
}

Test(options, globs_add_up)
{
    struct line line;
    cr_assert_eq(read_line(&line, CVL_FOR_RUN,
                           "run|--variant|direct|--variant=sep_*, pw_gemm|--layer=[a,b]*,c\\,d"),
                 CVL_OK, "%s", line.err.text);
    const struct cvl_case_filter *filter = &line.options.filter;
    cr_assert_eq(filter->variants.count, 3);
    cr_expect_str_eq(filter->variants.at[0], "direct");
    cr_expect_str_eq(filter->variants.at[1], "sep_*");
    cr_expect_str_eq(filter->variants.at[2], "pw_gemm");
    cr_assert_eq(filter->layers.count, 2);
    cr_expect_str_eq(filter->layers.at[0], "[a,b]*");
    cr_expect(cvl_globs_match(&filter->layers, "c,d"));
    cr_expect_not(cvl_globs_match(&filter->layers, "d"));
    cvl_options_clear(&line.options);
    cr_expect_null(filter->variants.at);
}

/* Every option that takes one value: the second is refused, never dropped. */
Test(options, what_is_given_twice_adds_up_or_is_refused)
{
    static const struct {
        const char *kind, *value;
    } values[] = {{"TEXT", "x"},          {"SECONDS", "1"},    {"SHARD", "1/2"},
                  {"BYTES", "1MiB"},      {"POLICY", "arena"}, {"PERCENT", "5"},
                  {"PROBABILITY", "0.1"}, {"RUN_ID", "1"},     {"SHELL", "zsh"}};
    const struct cvl_option *option;
    size_t refused = 0;
    for (size_t i = 0; (option = cvl_option_at(i)) != NULL; i++) {
        char text[128], expected[128];
        const char *value = NULL;
        struct line line;
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
            if (strcmp(values[v].kind, option->kind->name) == 0)
                value = values[v].value;
        if (option->kind->is_repeatable)
            continue;
        cr_assert_not_null(value, "a value of kind %s for this test", option->kind->name);
        snprintf(text, sizeof text, "x|--%s|%s|--%s|%s", option->name, value, option->name, value);
        snprintf(expected, sizeof expected, "--%s: given twice, expected once", option->name);
        cr_expect_eq(read_line(&line, option->verbs, text), CVL_BAD_INPUT, "%s", text);
        cr_expect_str_eq(line.err.text, expected);
        cvl_options_clear(&line.options);
        refused++;
    }
    cr_expect_gt(refused, 10);
}

Test(options, a_misspelt_option_names_the_nearest)
{
    expect_refusal(CVL_FOR_RUN, "run|--varaint=a",
                   "--varaint: unknown or ambiguous option; did you mean '--variant'? see convlens "
                   "run --help");
    expect_refusal(CVL_FOR_RUN, "run|--quiet|-v", "--quiet, --verbose: expected one of them");
}

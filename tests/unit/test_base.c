#include <criterion/criterion.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "base/text_set.h"

Test(base, text_grows)
{
    struct cvl_text text = {0};
    for (int i = 0; i < 1000; i++)
        cvl_text_append(&text, "%d,", i % 10);
    cvl_text_append_bytes(&text, "end", 2);
    cr_assert_not(text.failed);
    cr_assert_eq(text.length, 2002);
    cr_assert_eq(strncmp(text.data, "0,1,2,", 6), 0);
    cr_assert_str_eq(text.data + 1998, "9,en");
    cvl_text_clear(&text);
    cr_assert_null(text.data);
    cr_assert_eq(text.length, 0);
}

Test(base, taking_an_empty_text_gives_an_empty_string)
{
    struct cvl_text text = {0};
    char *data = cvl_text_take(&text);
    cr_assert_str_eq(data, "");
    free(data);
    cr_assert_null(text.data);
}

Test(base, a_failed_text_gives_nothing)
{
    struct cvl_text text = {.failed = true};
    cvl_text_append(&text, "more");
    cr_assert_eq(text.length, 0);
    cr_assert_null(cvl_text_take(&text));
    cr_assert_not(text.failed);
}

static void expect_copied(size_t size, const char *source, const char *target)
{
    char copy[16];
    memset(copy, 'x', sizeof copy);
    cvl_copy(copy, size, source);
    cr_assert_str_eq(copy, target);
}

Test(base, copy_cuts_between_characters)
{
    expect_copied(16, "short", "short");
    expect_copied(6, "short", "short");
    expect_copied(5, "short", "shor");
    expect_copied(1, "short", "");
    expect_copied(3, "a\xC3\xA9", "a");
    expect_copied(4, "a\xC3\xA9", "a\xC3\xA9");
    expect_copied(5, "a\xE2\x82\xAC\xE2\x82\xAC", "a\xE2\x82\xAC");
    expect_copied(6, "a\xE2\x82\xAC\xE2\x82\xAC", "a\xE2\x82\xAC");
}

Test(base, duplicate_takes_null)
{
    cr_assert_null(cvl_duplicate(NULL));
    char *copy = cvl_duplicate("x");
    cr_assert_str_eq(copy, "x");
    free(copy);
}

Test(base, integers_are_read_strictly)
{
    int64_t value = 77;
    cr_assert(cvl_parse_i64("0", 0, 9, &value));
    cr_assert_eq(value, 0);
    cr_assert(cvl_parse_i64("-9223372036854775808", INT64_MIN, INT64_MAX, &value));
    cr_assert_eq(value, INT64_MIN);
    cr_assert(cvl_parse_i64("9223372036854775807", INT64_MIN, INT64_MAX, &value));
    cr_assert_eq(value, INT64_MAX);
    static const char *const bad[] = {"",   "-",   "+1",  " 1",  "1 ",
                                      "1x", "0x1", "1e1", "--1", "9223372036854775808"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(cvl_parse_i64(bad[i], INT64_MIN, INT64_MAX, &value), "%s", bad[i]);
    cr_assert_not(cvl_parse_i64("10", 0, 9, &value));
    cr_assert_not(cvl_parse_i64("-1", 0, 9, &value));
    cr_assert_eq(value, INT64_MAX, "a refused text must leave the value alone");
}

Test(base, numbers_are_read_strictly)
{
    double value;
    cr_assert(cvl_parse_double("1.5e2", 0, 1000, &value));
    cr_assert_eq(value, 150.0);
    cr_assert(cvl_parse_double(".5", 0, 1, &value));
    cr_assert_eq(value, 0.5);
    static const char *const bad[] = {"",   "nan", "inf",  "-inf", "1e999", "1s", " 1",
                                      "+1", "-",   "0x10", "1,5",  "1e",    "e1", "-nan"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(cvl_parse_double(bad[i], -1e308, 1e308, &value), "%s", bad[i]);
    cr_assert_not(cvl_parse_double("1.01", 0, 1, &value));
}

Test(base, sizes_are_read_strictly)
{
    uint64_t bytes = 7;
    cr_expect(cvl_parse_bytes("64MiB", &bytes) && bytes == 67108864);
    cr_expect(cvl_parse_bytes("1B", &bytes) && bytes == 1);
    cr_expect(cvl_parse_bytes("3KiB", &bytes) && bytes == 3072);
    cr_expect(cvl_parse_bytes("2GiB", &bytes) && bytes == 2147483648u);
    cr_expect(cvl_parse_bytes("8388607TiB", &bytes) && bytes == 8388607ull << 40);
    static const char *const bad[] = {
        "",      "64",     "MiB",        "0B",     "-1MiB", "+1MiB",
        "1 MiB", " 1MiB",  "1MiB ",      "1.5MiB", "1MB",   "1mib",
        "0x1B",  "1e3KiB", "8388608TiB", "1PiB",   "1MiBB", "99999999999999999999999999B"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(cvl_parse_bytes(bad[i], &bytes), "%s", bad[i]);
    cr_expect_eq(bytes, 8388607ull << 40, "a refused text must leave the value alone");
}

static void expect_bytes(uint64_t bytes, const char *printed)
{
    char text[16];
    cvl_print_bytes(text, sizeof text, bytes);
    cr_assert_str_eq(text, printed);
}

Test(base, bytes_for_people)
{
    expect_bytes(0, "0 B");
    expect_bytes(1023, "1023 B");
    expect_bytes(1024, "1.00 KiB");
    expect_bytes(4014080, "3.83 MiB");
    expect_bytes(16777216, "16.0 MiB");
    expect_bytes(101525040, "96.8 MiB");
    expect_bytes(536870912, "512 MiB");
    expect_bytes(UINT64_C(3) << 30, "3.00 GiB");
    expect_bytes(UINT64_MAX, "16.0 EiB");
}

static void expect_seconds(double seconds, const char *printed)
{
    char text[16];
    cvl_print_seconds(text, sizeof text, seconds);
    cr_assert_str_eq(text, printed);
}

Test(base, seconds_for_people)
{
    expect_seconds(NAN, "-");
    expect_seconds(0.0, "0.00 \xC2\xB5s");
    expect_seconds(12.34e-6, "12.3 \xC2\xB5s");
    expect_seconds(268e-6, "268 \xC2\xB5s");
    expect_seconds(1.2e-3, "1.20 ms");
    expect_seconds(0.9994, "999 ms");
    expect_seconds(3.4, "3.40 s");
    expect_seconds(120.0, "120 s");
}

static void expect_ratio(double ratio, const char *printed)
{
    char text[24];
    cvl_print_ratio(text, sizeof text, ratio);
    cr_assert_str_eq(text, printed);
}

Test(base, ratios_for_people)
{
    expect_ratio(NAN, "-");
    expect_ratio(INFINITY, "-");
    expect_ratio(0.0, "0.00");
    expect_ratio(1.0, "1.00");
    expect_ratio(12.345, "12.35");
    expect_ratio(0.0995, "0.10");
    expect_ratio(0.0994, "0.099");
    expect_ratio(0.0042, "0.0042");
}

static void expect_safe(const char *name, const char *safe)
{
    char text[64];
    cvl_copy_safe(text, sizeof text, name);
    cr_assert_str_eq(text, safe);
}

Test(base, hostile_names_are_escaped)
{
    expect_safe("PoCL \xC2\xB5 \xE2\x82\xAC", "PoCL \xC2\xB5 \xE2\x82\xAC");
    expect_safe("a\033[31m\n\x7f", "a\\x1b[31m\\x0a\\x7f");
    expect_safe("\xC2\x9B", "\\xc2\\x9b"); /* a C1 control character */
    expect_safe("a\xE2\x80\xAE"
                "b",
                "a\\xe2\\x80\\xaeb"); /* writes backwards from here on */
    expect_safe("\xE2\x81\xA6\xD8\x9C", "\\xe2\\x81\\xa6\\xd8\\x9c");
    expect_safe("\xE2\x80\xA7\xE2\x80\xAF\xD8\x9D", "\xE2\x80\xA7\xE2\x80\xAF\xD8\x9D");
    expect_safe("\xC0\xAF", "\\xc0\\xaf");          /* overlong */
    expect_safe("\xE0\x80\xAF", "\\xe0\\x80\\xaf"); /* overlong */
    expect_safe("\xED\xA0\x80", "\\xed\\xa0\\x80"); /* a surrogate */
    expect_safe("\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
    expect_safe("\xE2\x82", "\\xe2\\x82"); /* cut short */
    expect_safe("\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80");
}

Test(base, search_ignores_case)
{
    cr_assert(cvl_contains_ignoring_case("Portable Computing Language", "COMPUTING"));
    cr_assert(cvl_contains_ignoring_case("abc", ""));
    cr_assert(cvl_contains_ignoring_case("", ""));
    cr_assert_not(cvl_contains_ignoring_case("abc", "abcd"));
    cr_assert_not(cvl_contains_ignoring_case("", "a"));
}

/* The first values that Steele, Lea and Flood's SplitMix64 gives for the seed 1234567. */
Test(base, random_numbers_are_splitmix64s)
{
    static const uint64_t expected[] = {
        UINT64_C(6457827717110365317),  UINT64_C(3203168211198807973),
        UINT64_C(9817491932198370423),  UINT64_C(4593380528125082431),
        UINT64_C(16408922859458223821),
    };
    struct cvl_random random = {.state = 1234567};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        cr_assert_eq(cvl_random_next(&random), expected[i], "%zu", i);
}

Test(base, random_numbers_keep_their_ranges)
{
    struct cvl_random random = {.state = 5};
    double sum = 0.0;
    bool seen[7] = {false};
    for (int i = 0; i < 100000; i++) {
        float unit = cvl_random_unit(&random);
        cr_assert(unit >= -1.0f && unit < 1.0f);
        cr_assert_eq(unit * 0x1p23f, rintf(unit * 0x1p23f));
        sum += (double)unit;
        seen[cvl_random_below(&random, 7)] = true;
    }
    cr_assert_lt(fabs(sum / 100000.0), 0.01);
    for (int i = 0; i < 7; i++)
        cr_assert(seen[i]);
}

Test(base, errors_keep_one_line_and_the_status)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_fail(&err, CVL_IO, "%s: %d", "read", 5), CVL_IO);
    cr_assert_eq(err.status, CVL_IO);
    cr_assert_str_eq(err.text, "read: 5");
    cvl_fail(&err, CVL_FAILED, "stage 2: %s", err.text); /* its own text as an argument */
    cr_assert_str_eq(err.text, "stage 2: read: 5");
    cr_assert_eq(cvl_fail(NULL, CVL_TIMEOUT, "nobody listens"), CVL_TIMEOUT);
    char wide[2000];
    memset(wide, 'w', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    cvl_fail(&err, CVL_FAILED, "%s", wide);
    cr_assert_eq(strlen(err.text), CVL_ERROR_TEXT_BYTES - 1);
}

Test(base, every_status_has_its_name)
{
    for (int a = 0; a <= CVL_FAILED; a++) {
        cr_assert_str_neq(cvl_status_name((enum cvl_status)a), "unknown status");
        for (int b = 0; b < a; b++)
            cr_assert_str_neq(cvl_status_name((enum cvl_status)a),
                              cvl_status_name((enum cvl_status)b));
    }
    cr_assert_str_eq(cvl_status_name((enum cvl_status)(CVL_FAILED + 1)), "unknown status");
    cr_assert_str_eq(cvl_version(), CONVLENS_VERSION);
}

/* What a sink received. */
struct heard {
    int count;
    enum cvl_log_level level;
    char line[64];
};

static void hear(void *user, enum cvl_log_level level, const char *line)
{
    struct heard *heard = user;
    heard->count++;
    heard->level = level;
    cvl_copy(heard->line, sizeof heard->line, line);
}

Test(base, messages_go_to_the_sink_alone)
{
    struct heard heard = {0};
    cvl_log(CVL_LOG_WARNING, "before: nobody");
    cvl_log_sink_set(hear, &heard);
    cvl_log(CVL_LOG_INFO, "area: %d", 7);
    cr_assert_eq(heard.count, 1);
    cr_assert_eq(heard.level, CVL_LOG_INFO);
    cr_assert_str_eq(heard.line, "area: 7");
    cvl_log_sink_set(NULL, NULL);
    cvl_log(CVL_LOG_WARNING, "after: nobody");
    cr_assert_eq(heard.count, 1);
}

Test(base, words_are_quoted_for_a_shell)
{
    struct cvl_text text = {0};
    cvl_text_append_quoted(&text, "it's $HOME");
    cvl_text_append_quoted(&text, "");
    cr_assert_str_eq(text.data, "'it'\\''s $HOME'''");
    cvl_text_clear(&text);
}

Test(base, an_entry_of_a_list_is_found_whole)
{
    cr_assert(cvl_has_entry("standard, inverted", ", ", "inverted"));
    cr_assert(cvl_has_entry("  inverted ", " ", "inverted"));
    cr_assert_not(cvl_has_entry("inverted2 xinverted", " ", "inverted"));
    cr_assert_not(cvl_has_entry("", " ", "inverted"));
    cr_assert_not(cvl_has_entry("a  b", " ", ""));
}

Test(base, a_set_has_each_text_once)
{
    struct cvl_text_set set = {0};
    cr_assert(cvl_text_set_add(&set, "direct.cl: -DVEC=8"));
    cr_assert(cvl_text_set_add(&set, "direct.cl: -DVEC=81"));
    cr_assert(cvl_text_set_add(&set, "direct.cl"));
    cr_assert_not(cvl_text_set_add(&set, "direct.cl: -DVEC=8"));
    cr_assert_eq(set.count, 3);
    cr_assert_str_eq(set.at[1], "direct.cl: -DVEC=81");
    cr_assert_not(set.failed);
    cvl_text_set_clear(&set);
    cr_assert_eq(set.count, 0);
}

struct numbers {
    const uint32_t *at;
    uint32_t wanted;
};

static bool is_wanted(const void *user, uint32_t number)
{
    const struct numbers *numbers = user;
    return numbers->at[number] == numbers->wanted;
}

/* Entries of one hash are told apart by what they hold. */
Test(index, finds_what_was_added_and_nothing_else)
{
    enum { COUNT = 5000 };
    static uint32_t values[COUNT];
    struct cvl_index index = {0};
    struct numbers numbers = {values, 7};
    cr_expect_eq(cvl_index_find(&index, 1, is_wanted, &numbers), CVL_INDEX_NONE);
    for (uint32_t i = 0; i < COUNT; i++) {
        values[i] = 3 * i;
        cr_assert(cvl_index_add(&index, cvl_hash(0, &values[i], 1), i)); /* 256 hashes at most */
    }
    for (uint32_t i = 0; i < 3 * COUNT; i++) {
        numbers.wanted = i;
        cr_expect_eq(cvl_index_find(&index, cvl_hash(0, &i, 1), is_wanted, &numbers),
                     i % 3 == 0 ? (int64_t)i / 3 : CVL_INDEX_NONE);
    }
    cvl_index_clear(&index);
}

/* The published values of FNV-1a, 64 bits. */
Test(index, hash_is_that_of_its_definition)
{
    cr_expect_eq(cvl_hash(0, "", 0), 0xcbf29ce484222325u);
    cr_expect_eq(cvl_hash(0, "a", 1), 0xaf63dc4c8601ec8cu);
    cr_expect_eq(cvl_hash(cvl_hash(0, "foo", 3), "bar", 3), 0x85944171f73967e8u);
}

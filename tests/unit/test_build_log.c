#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "opencl/build_log.h"

static void expect(const char *log, const char *expected)
{
    char text[24];
    memset(text, '#', sizeof text);
    cvl_build_log_end(text, sizeof text, log);
    cr_assert_str_eq(text, expected);
}

Test(build_log, lines_become_one)
{
    expect("", "");
    expect("\n \t\r\n", "");
    expect("a: error", "a: error");
    expect("a: error\n  x;\r\n\n   ^ \n\n", "a: error |   x; |    ^");
}

Test(build_log, hostile_bytes_are_escaped)
{
    expect("a\tb\x1b[31m\n\xff", "a b\\x1b[31m | \\xff");
}

/* 24 bytes hold 23 and the end. */
Test(build_log, what_does_not_fit_is_cut_at_the_start)
{
    expect("12345678901234567890123", "12345678901234567890123");
    expect("123456789012345678901234", "\xE2\x80\xA6"
                                       "56789012345678901234");
    expect("first\nsecond\nthird and last", "\xE2\x80\xA6"
                                            "ond | third and last");
}

Test(build_log, the_cut_falls_between_characters)
{
    /* The 20 bytes that would fit begin with the second byte of a two-byte character. */
    expect("12345\xC3\xA4"
           "1234567890123456789",
           "\xE2\x80\xA6"
           "1234567890123456789");
}

Test(build_log, every_size_is_respected)
{
    char text[64];
    for (size_t size = 8; size < sizeof text; size++) {
        memset(text, '#', sizeof text);
        cvl_build_log_end(text, size, "one line of a log\nand another line, the last\n");
        cr_assert_lt(strlen(text), size);
        for (size_t i = size; i < sizeof text; i++)
            cr_assert_eq(text[i], '#', "size %zu", size);
    }
}

/* Results of several runs, joined.
 *
 * sources: fixture_results.c */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <convlens/result.h>

#include "fixture_results.h"

enum { PARTS = 3 };

static const char *const labels[PARTS] = {"a", "b", "b"};
static struct cvl_results parts[PARTS], joined;
static size_t left_out;

static void set(char **text, const char *value)
{
    free(*text);
    *text = strdup(value);
}

/* One device, one layer, both layouts: eight rows each. */
static void make_parts(void)
{
    static const char *const times[] = {"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z",
                                        "2026-01-03T00:00:00Z"};
    for (size_t i = 0; i < PARTS; i++) {
        fixture_results(&parts[i], 1, 1);
        set(&parts[i].started, times[i]);
    }
}

static void clear_all(void)
{
    for (size_t i = 0; i < PARTS; i++)
        cvl_results_clear(&parts[i]);
    cvl_results_clear(&joined);
}

TestSuite(join, .init = make_parts, .fini = clear_all);

static void join(size_t count)
{
    cr_assert_eq(cvl_results_join(parts, labels, count, &joined, &left_out, NULL), CVL_OK);
}

static void expect_ids(size_t count, const char *const *ids)
{
    cr_assert_eq(joined.device_count, count);
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(joined.devices[i].id, ids[i]);
    for (size_t i = 0; i < joined.row_count; i++)
        cr_expect_not_null(cvl_results_device(&joined, joined.rows[i].key.device), "%s",
                           joined.rows[i].key.device);
}

Test(join, the_same_device_in_both_is_one)
{
    parts[0].rows[0].time.median_s = 1.0;
    parts[1].rows[0].time.median_s = 2.0;
    join(2);
    expect_ids(1, (const char *const[]){"0:0"});
    cr_expect_str_eq(joined.devices[0].host, "Linux 6.1 x86_64");
    cr_expect_eq(joined.row_count, 8);
    cr_expect_eq(left_out, 8);
    cr_expect_eq(joined.rows[0].time.median_s, 2.0, "the newer one");
    cr_expect_str_eq(joined.started, "2026-01-02T00:00:00Z");
    cr_expect_str_eq(joined.host, "Linux 6.1 x86_64");
    cr_expect_str_eq(joined.sweep, "made_up");
}

Test(join, the_newer_is_kept_in_any_order)
{
    set(&parts[0].started, "2026-01-09T00:00:00Z");
    parts[0].rows[0].time.median_s = 1.0;
    parts[0].devices[0].compute_units = 11;
    parts[1].devices[0].compute_units = 22;
    join(2);
    cr_expect_eq(joined.rows[0].time.median_s, 1.0);
    cr_expect_eq(joined.devices[0].compute_units, 11);
    cr_expect_eq(left_out, 8);
}

Test(join, of_one_second_the_later_in_the_list_is_kept)
{
    set(&parts[1].started, parts[0].started);
    parts[1].rows[0].time.median_s = 2.0;
    join(2);
    cr_expect_eq(joined.rows[0].time.median_s, 2.0);
}

Test(join, other_rows_of_the_same_device_stay)
{
    for (size_t i = 0; i < parts[1].row_count; i++)
        strcpy(parts[1].rows[i].key.layer, "another");
    join(2);
    expect_ids(1, (const char *const[]){"0:0"});
    cr_expect_eq(joined.row_count, 16);
    cr_expect_eq(left_out, 0);
    cr_expect_str_eq(joined.rows[0].key.layer, "block2");
    cr_expect_str_eq(joined.rows[8].key.layer, "another");
}

Test(join, another_host_is_another_device)
{
    set(&parts[1].host, "Linux 5.10 aarch64");
    set(&parts[2].host, "FreeBSD");
    strcpy(parts[2].sweep, "other");
    join(3);
    expect_ids(3, (const char *const[]){"0:0", "b/0:0", "b~2/0:0"});
    cr_expect_eq(joined.row_count, 24);
    cr_expect_eq(left_out, 0);
    cr_expect_str_eq(joined.rows[8].key.device, "b/0:0");
    cr_expect_str_eq(joined.rows[16].key.device, "b~2/0:0");
    cr_expect_str_eq(joined.devices[1].host, "Linux 5.10 aarch64");
    cr_expect_str_eq(joined.host, "Linux 6.1 x86_64; Linux 5.10 aarch64; FreeBSD");
    cr_expect_str_eq(joined.sweep, "made_up+other");
    char key[CVL_KEY_TEXT_BYTES];
    struct cvl_key parsed;
    (void)cvl_key_print(&joined.rows[16].key, key, sizeof key);
    cr_expect_eq(cvl_key_parse(key, &parsed, NULL), CVL_OK);
    cr_expect_eq(cvl_key_compare(&parsed, &joined.rows[16].key, CVL_KEY_ALL), 0);
}

/* The third has the device of the second. */
Test(join, a_renamed_device_is_found_again)
{
    set(&parts[1].host, "B");
    set(&parts[2].host, "B");
    join(3);
    expect_ids(2, (const char *const[]){"0:0", "b/0:0"});
    cr_expect_eq(joined.row_count, 16);
    cr_expect_eq(left_out, 8);
}

Test(join, name_driver_and_platform_tell_devices_apart)
{
    strcpy(parts[1].devices[0].driver, "3.2");
    strcpy(parts[2].devices[0].platform, "another");
    join(3);
    expect_ids(3, (const char *const[]){"0:0", "b/0:0", "b~2/0:0"});
}

/* On the second host the drivers are enumerated in another order. */
Test(join, indexes_that_moved_are_no_matter)
{
    strcpy(parts[1].devices[0].id, "1:0");
    for (size_t i = 0; i < parts[1].row_count; i++)
        strcpy(parts[1].rows[i].key.device, "1:0");
    join(2);
    expect_ids(1, (const char *const[]){"0:0"});
    cr_expect_eq(left_out, 8);
}

static void add_second(struct cvl_results *part, const char *id, const char *first_pci,
                       const char *pci)
{
    part->devices = realloc(part->devices, 2 * sizeof *part->devices);
    part->devices[1] = part->devices[0];
    part->device_count = 2;
    strcpy(part->devices[0].pci, first_pci);
    strcpy(part->devices[1].pci, pci);
    strcpy(part->devices[1].id, id);
}

Test(join, two_alike_in_one_host_stay_two)
{
    add_second(&parts[0], "0:1", "", "");
    add_second(&parts[1], "0:1", "", "");
    join(2);
    expect_ids(2, (const char *const[]){"0:0", "0:1"});
}

/* The same two cards, enumerated the other way round. */
Test(join, of_two_alike_the_place_on_the_bus_counts)
{
    add_second(&parts[0], "0:1", "0000:01:00.0", "0000:02:00.0");
    add_second(&parts[1], "0:1", "0000:02:00.0", "0000:01:00.0");
    strcpy(parts[1].rows[0].key.layer, "another");
    join(2);
    expect_ids(2, (const char *const[]){"0:0", "0:1"});
    for (size_t i = 0; i < joined.row_count; i++)
        if (strcmp(joined.rows[i].key.layer, "another") == 0)
            cr_expect_str_eq(joined.rows[i].key.device, "0:1", "what was 0:0 there");
}

Test(join, a_card_more_is_a_device_more)
{
    add_second(&parts[1], "0:1", "0000:01:00.0", "0000:02:00.0");
    strcpy(parts[0].devices[0].pci, "0000:02:00.0");
    join(2);
    expect_ids(2, (const char *const[]){"0:0", "b/0:0"});
}

/* Rows whose device is not listed, as in a store of a foreign hand. */
Test(join, devices_that_are_not_listed_are_kept_apart)
{
    set(&parts[1].host, "B");
    parts[0].device_count = parts[1].device_count = 0;
    join(2);
    expect_ids(2, (const char *const[]){"0:0", "b/0:0"});
    cr_expect_eq(joined.row_count, 16);
}

Test(join, labels_and_ids_that_are_long_or_odd)
{
    static const char *const odd[PARTS] = {"x", "a b\"\n\xff", "a very long name of a store"};
    set(&parts[1].host, "B");
    set(&parts[2].host, "C");
    for (size_t i = 0; i < PARTS; i++) {
        memset(parts[i].devices[0].id, 'i', 23);
        for (size_t k = 0; k < parts[i].row_count; k++)
            strcpy(parts[i].rows[k].key.device, parts[i].devices[0].id);
    }
    cr_assert_eq(cvl_results_join(parts, odd, 3, &joined, &left_out, NULL), CVL_OK);
    cr_assert_eq(joined.device_count, 3);
    cr_expect_eq(joined.row_count, 24);
    cr_expect_str_eq(joined.devices[1].id, "a/iiiiiiiiiiiiiiiiiiiii");
    cr_expect_str_neq(joined.devices[1].id, joined.devices[2].id);
}

Test(join, odd_signs_of_a_label_become_lines)
{
    static const char *const odd[PARTS] = {"x", "a b\"\n\xff", "a very long name of a store"};
    set(&parts[1].host, "B");
    set(&parts[2].host, "C");
    cr_assert_eq(cvl_results_join(parts, odd, 3, &joined, &left_out, NULL), CVL_OK);
    expect_ids(3, (const char *const[]){"0:0", "a_b___/0:0", "a_very_long_name_of/0:0"});
}

Test(join, of_one_result_nothing_changes)
{
    join(1);
    expect_ids(1, (const char *const[]){"0:0"});
    cr_expect_eq(joined.row_count, 8);
    cr_expect_eq(parts[0].row_count, 0, "they are moved");
}

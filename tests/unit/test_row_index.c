#include <criterion/criterion.h>

#include <stdio.h>

#include "result/row_index.h"

enum { ROWS = 1000, LAYERS = 100 };

static struct cvl_row rows[ROWS];
static struct cvl_row_index row_index;

static void make_rows(void)
{
    for (int i = 0; i < ROWS; i++) {
        cvl_row_init(&rows[i]);
        (void)snprintf(rows[i].key.layer, sizeof rows[i].key.layer, "layer %d", i % LAYERS);
        (void)snprintf(rows[i].key.variant, sizeof rows[i].key.variant, "variant %d", i / LAYERS);
    }
}

static void clear_rows(void)
{
    cvl_row_index_clear(&row_index);
    for (int i = 0; i < ROWS; i++)
        cvl_row_clear(&rows[i]);
}

TestSuite(row_index, .init = make_rows, .fini = clear_rows);

Test(row_index, whole_keys)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_row_index_create(rows, ROWS, CVL_KEY_ALL, &row_index, &err), CVL_OK);
    for (int i = 0; i < ROWS; i++)
        cr_expect_eq(cvl_row_index_find(&row_index, &rows[i].key), &rows[i], "%d", i);
    struct cvl_key other = rows[5].key;
    other.layout = CVL_NCHW;
    cr_expect_null(cvl_row_index_find(&row_index, &other));
}

Test(row_index, of_equal_parts_the_first)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_row_index_create(rows, ROWS, CVL_KEY_LAYER, &row_index, &err), CVL_OK);
    for (int i = 0; i < ROWS; i++)
        cr_expect_eq(cvl_row_index_find(&row_index, &rows[i].key), &rows[i % LAYERS], "%d", i);
}

Test(row_index, no_rows)
{
    struct cvl_error err = {0};
    cr_assert_eq(cvl_row_index_create(NULL, 0, CVL_KEY_ALL, &row_index, &err), CVL_OK);
    cr_expect_null(cvl_row_index_find(&row_index, &rows[0].key));
}

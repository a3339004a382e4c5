#include "report/side_by_side.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/groups.h"
#include "report/lines.h"

/* The same case on another device, ok and timed; NULL: there is none. */
static const struct cvl_row *find_twin(const struct cvl_results *results, const struct cvl_row *row,
                                       const char *device)
{
    for (size_t i = 0; i < results->row_count; i++) {
        const struct cvl_row *other = &results->rows[i];
        if (other->status == CVL_ROW_OK && strcmp(other->key.device, device) == 0 &&
            cvl_key_compare(&other->key, &row->key, CVL_KEY_ALL & ~(unsigned)CVL_KEY_DEVICE) == 0)
            return other;
    }
    return NULL;
}

/* Counted where counted, else computed. */
static void print_peak(const struct cvl_row *row, char *text, size_t size)
{
    uint64_t bytes =
        row->has_counted ? row->counted.peak_bytes[CVL_FREED] : row->computed.peak_bytes[CVL_FREED];
    if (bytes == CVL_ABSENT)
        cvl_copy(text, size, "-");
    else
        cvl_print_bytes(text, size, bytes);
}

static void print_time(double seconds, bool utf8, char *text, size_t size)
{
    cvl_print_seconds(text, size, seconds);
    cvl_lines_plain(text, utf8);
}

enum { CASE, VARIANT, BYTES_A, BYTES_B, TIME_A, TIME_B, RATIO, COLUMN_COUNT };

static int add_columns(const char *first, const char *second, struct libscols_table *table)
{
    const char *const names[] = {"layer", "variant", first, second, first, second, "ratio"};
    int failed = 0;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        char safe[32];
        cvl_copy_safe(safe, sizeof safe, names[i]);
        failed |=
            !scols_table_new_column(table, safe, 0, i < BYTES_A ? SCOLS_FL_TRUNC : SCOLS_FL_RIGHT);
    }
    return failed;
}

static int add_pair(const struct cvl_row *a, const struct cvl_row *b, bool utf8,
                    struct libscols_table *table)
{
    char cells[COLUMN_COUNT][80];
    struct libscols_line *line = scols_table_new_line(table, NULL);
    if (!line)
        return -1;
    char layer[64];
    const bool is_network = cvl_key_is_network(&a->key);
    cvl_copy_safe(layer, sizeof layer, is_network ? a->key.network : a->key.layer);
    (void)snprintf(cells[CASE], sizeof cells[CASE], "%s %s %s%s", layer,
                   cvl_layout_name(a->key.layout), cvl_dtype_name(a->key.dtype),
                   cvl_key_passes_text(&a->key));
    cvl_copy_safe(cells[VARIANT], sizeof cells[VARIANT], a->key.variant);
    print_peak(a, cells[BYTES_A], sizeof cells[BYTES_A]);
    print_peak(b, cells[BYTES_B], sizeof cells[BYTES_B]);
    double a_s = cvl_row_time_s(a, b), b_s = cvl_row_time_s(b, a), ratio = b_s / a_s;
    print_time(a_s, utf8, cells[TIME_A], sizeof cells[TIME_A]);
    print_time(b_s, utf8, cells[TIME_B], sizeof cells[TIME_B]);
    if (isfinite(ratio))
        (void)snprintf(cells[RATIO], sizeof cells[RATIO], "%.2f", ratio);
    else
        cvl_copy(cells[RATIO], sizeof cells[RATIO], "-");
    int failed = 0;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        failed |= scols_line_set_data(line, i, cells[i]);
    return failed;
}

int cvl_side_by_side_fill(const struct cvl_report *report, const char *first, const char *second,
                          struct libscols_table *table)
{
    const struct cvl_results *results = report->results;
    int failed = add_columns(first, second, table);
    for (size_t i = 0; !failed && i < results->row_count; i++) {
        const struct cvl_row *row = &results->rows[i];
        if (row->status != CVL_ROW_OK || strcmp(row->key.device, first) != 0)
            continue;
        const struct cvl_row *twin = find_twin(results, row, second);
        if (twin)
            failed = add_pair(row, twin, cvl_lines_utf8(report->terminal), table);
    }
    return failed;
}

/* CSV: one line for each row, one column for each metric. */
#include "base/csv.h"

#include "report/metric.h"
#include "report/writer.h"

static enum cvl_status csv_begin(const struct cvl_report *report, struct cvl_error *err)
{
    struct cvl_csv csv = {.stream = report->stream};
    for (size_t i = 0; i < cvl_metric_count(); i++) {
        char name[CVL_METRIC_NAME_BYTES];
        cvl_metric_name(cvl_metric_at(i), name);
        cvl_csv_text(&csv, name);
    }
    cvl_csv_end(&csv);
    (void)err; /* no memory is needed */
    return CVL_OK;
}

static void put_value(struct cvl_csv *csv, const struct cvl_value *value)
{
    switch (value->kind) {
    case CVL_VALUE_TEXT:
        cvl_csv_text(csv, value->text);
        return;
    case CVL_VALUE_INTEGER:
        cvl_csv_integer(csv, value->integer);
        return;
    case CVL_VALUE_REAL:
        cvl_csv_real(csv, value->real);
        return;
    case CVL_VALUE_ABSENT:
        cvl_csv_empty(csv);
    }
}

static enum cvl_status csv_row(const struct cvl_report *report, size_t index, struct cvl_error *err)
{
    struct cvl_csv csv = {.stream = report->stream};
    for (size_t i = 0; i < cvl_metric_count(); i++) {
        struct cvl_value value;
        cvl_metric_get(cvl_metric_at(i), report->groups, &report->results->rows[index], &value);
        put_value(&csv, &value);
    }
    cvl_csv_end(&csv);
    (void)err; /* no memory is needed */
    return CVL_OK;
}

const struct cvl_writer cvl_writer_csv = {
    .name = "csv",
    .summary = "one line for each row, one column for each metric",
    .begin = csv_begin,
    .row = csv_row,
};

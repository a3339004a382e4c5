/* Metrics: what is known of a row, made of the columns of convlens/row.def. Writers loop over them.
 */
#ifndef CVL_REPORT_METRIC_H
#define CVL_REPORT_METRIC_H

#include <convlens/result.h>

#include "result/row_fields.h"
#include "result/row_index.h"

enum cvl_unit { CVL_UNIT_NONE, CVL_UNIT_BYTES, CVL_UNIT_SECONDS, CVL_UNIT_RATIO };

enum cvl_value_kind { CVL_VALUE_ABSENT, CVL_VALUE_TEXT, CVL_VALUE_INTEGER, CVL_VALUE_REAL };

/* A row's figure. `text` may point into `buffer` or into the results. */
struct cvl_value {
    enum cvl_value_kind kind;
    const char *text;
    uint64_t integer;
    double real;
    char buffer[640];
};

enum { CVL_METRIC_NAME_BYTES = 80, CVL_METRIC_MEANING_BYTES = 256 };

/* A part of a row: its fields, and offsets in struct cvl_row of the part and of the flag that says
 * whether it is there (SIZE_MAX: it always is). */
struct cvl_metric_part {
    const struct cvl_fields *fields;
    size_t base, has;
};

struct cvl_metric {
    const char *name[3]; /* put together: that of a policy has its name in the middle */
    const char *meaning[3];
    const char *heading; /* of its column in tables for people; "": in none */
    enum cvl_unit unit;
    /* Either a field of a part of the row; */
    const struct cvl_metric_part *part;
    const char *key;
    enum cvl_policy policy; /* of a field by policy */
    /* or computed, perhaps by policy. */
    void (*get)(const struct cvl_row_groups *groups, const struct cvl_row *row,
                struct cvl_value *value);
    void (*get_of_policy)(const struct cvl_row *row, enum cvl_policy policy,
                          struct cvl_value *value);
};

size_t cvl_metric_count(void);
const struct cvl_metric *cvl_metric_at(size_t index);

/* "computed_freed_peak_bytes" */
void cvl_metric_name(const struct cvl_metric *metric, char name[CVL_METRIC_NAME_BYTES]);
void cvl_metric_meaning(const struct cvl_metric *metric, char meaning[CVL_METRIC_MEANING_BYTES]);

/* The row is one of the groups' results. */
void cvl_metric_get(const struct cvl_metric *metric, const struct cvl_row_groups *groups,
                    const struct cvl_row *row, struct cvl_value *value);

/* For people: scaled units; "-" where absent. `size` of at least 16. */
void cvl_value_print(const struct cvl_value *value, enum cvl_unit unit, char *text, size_t size);

#endif

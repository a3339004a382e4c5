/* Metrics: what is known of a row, as rows of metrics.def. Writers loop over them. */
#ifndef CVL_REPORT_METRIC_H
#define CVL_REPORT_METRIC_H

#include <convlens/result.h>

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

struct cvl_metric {
    const char *id;
    enum cvl_unit unit;
    const char *heading; /* of its column in tables for people; "": in none */
    const char *text;
    void (*get)(const struct cvl_results *results, const struct cvl_row *row,
                struct cvl_value *value);
};

size_t cvl_metric_count(void);
const struct cvl_metric *cvl_metric_at(size_t index);

/* For people: scaled units; "-" where absent. `size` of at least 16. */
void cvl_value_print(const struct cvl_value *value, enum cvl_unit unit, char *text, size_t size);

#endif

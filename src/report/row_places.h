/* Where to find each field of a row. */
#ifndef CVL_REPORT_ROW_PLACES_H
#define CVL_REPORT_ROW_PLACES_H

#include <stddef.h>

struct cvl_row_place {
    const char *json;   /* "memory.computed.peak_bytes", "" for what is only computed for CSV */
    const char *column; /* of CSV and the store; "" for none */
    const char *meaning;
};

/* NULL past the last. */
const struct cvl_row_place *cvl_row_place_at(size_t index);

#endif

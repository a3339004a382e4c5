/* Tile parameters by name: what a candidate asks for, and what a plan used. */
#ifndef CVL_PLAN_VALUES_H
#define CVL_PLAN_VALUES_H

#include <convlens/plan.h>

struct cvl_values {
    uint32_t count;
    struct cvl_tuning at[CVL_PLAN_TUNINGS];
};

/* Room for the longest text of values. */
enum { CVL_VALUES_TEXT_BYTES = CVL_TUNING_TEXT_BYTES };

/* Sets or replaces a value. @return false where there is no room or the name is too long */
bool cvl_values_set(struct cvl_values *values, const char *name, int32_t value);
/* The value, or NULL. */
const int32_t *cvl_values_find(const struct cvl_values *values, const char *name);

bool cvl_values_equal(const struct cvl_values *a, const struct cvl_values *b);

/* "chunk=64,pixels=7": sorted by name, so that equal values have equal texts; "" for none. */
void cvl_values_print(const struct cvl_values *values, char text[CVL_VALUES_TEXT_BYTES]);
/* Reads such a text, in any order. @return CVL_OK, or CVL_BAD_INPUT with the part that is wrong */
enum cvl_status cvl_values_parse(const char *text, struct cvl_values *out, struct cvl_error *err);

#endif

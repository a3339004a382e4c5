/* Tables of fields, one for each part of a row. */
#include "result/row_fields.h"

/* Enums of fields: their names by value, and how many there are. */
#define CVL_CHOICE(type, namer, number)                                                            \
    static const char *name_of_##type(unsigned value)                                              \
    {                                                                                              \
        return namer((enum cvl_##type)value);                                                      \
    }                                                                                              \
    enum { COUNT_OF_##type = number };
CVL_CHOICE(row_status, cvl_row_status_name, CVL_ROW_STATUS_COUNT)
CVL_CHOICE(tuning_source, cvl_tuning_source_name, CVL_TUNING_SOURCE_COUNT)
CVL_CHOICE(clock, cvl_clock_name, CVL_CLOCK_COUNT)
CVL_CHOICE(policy, cvl_policy_name, CVL_POLICY_COUNT)
#undef CVL_CHOICE

#define NAMER_TEXT(arg)
#define NAMER_NOTE(arg)
#define NAMER_OWNED(arg)
#define NAMER_BOOL(arg)
#define NAMER_U32(arg)
#define NAMER_U64(arg)
#define NAMER_REAL(arg)
#define NAMER_POLICIES(arg)
#define NAMER_CHOICE(type) .name = name_of_##type, .count = COUNT_OF_##type,

/* An entry of a table, of a struct's member. */
#define FIELD(type, of, arg, member, ...)                                                          \
    {.key = #member,                                                                               \
     .kind = CVL_FIELD_##of,                                                                       \
     .offset = offsetof(type, member),                                                             \
     .size = sizeof(((type *)0)->member),                                                          \
     NAMER_##of(arg)},

/* What a table is called outside. */
#define TABLE(part, type)                                                                          \
    const struct cvl_fields cvl_row_##part##_fields = {                                            \
        part##_table, sizeof part##_table / sizeof *part##_table, sizeof(type)}

static const struct cvl_field head_table[] = {
#define CVL_ROW_HEAD(...) FIELD(struct cvl_row, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(head, struct cvl_row);

static const struct cvl_field time_table[] = {
#define CVL_ROW_TIME(...) FIELD(struct cvl_row_time, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(time, struct cvl_row_time);

static const struct cvl_field computed_table[] = {
#define CVL_ROW_COMPUTED(...) FIELD(struct cvl_row_computed, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(computed, struct cvl_row_computed);

static const struct cvl_field counted_table[] = {
#define CVL_ROW_COUNTED(...) FIELD(struct cvl_row_counted, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(counted, struct cvl_row_counted);

static const struct cvl_field measured_table[] = {
#define CVL_ROW_MEASURED(...) FIELD(struct cvl_row_measured, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(measured, struct cvl_row_measured);

static const struct cvl_field kernels_table[] = {
#define CVL_ROW_KERNELS(...) FIELD(struct cvl_row_kernels, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(kernels, struct cvl_row_kernels);

static const struct cvl_field check_table[] = {
#define CVL_ROW_CHECK(...) FIELD(struct cvl_row_check, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(check, struct cvl_row_check);

static const struct cvl_field roofline_table[] = {
#define CVL_ROW_ROOFLINE(...) FIELD(struct cvl_row_roofline, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(roofline, struct cvl_row_roofline);

static const struct cvl_field layer_table[] = {
#define CVL_ROW_LAYER(...) FIELD(struct cvl_row_layer, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(layer, struct cvl_row_layer);

static const struct cvl_field stage_table[] = {
#define CVL_ROW_STAGE(...) FIELD(struct cvl_row_stage, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(stage, struct cvl_row_stage);

static const struct cvl_field round_table[] = {
#define CVL_ROW_ROUND(...) FIELD(struct cvl_row_round, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(round, struct cvl_row_round);

static const struct cvl_field allocation_table[] = {
#define CVL_ROW_ALLOCATION(...) FIELD(struct cvl_row_allocation, __VA_ARGS__)
#include <convlens/row.def>
};
TABLE(allocation, struct cvl_row_allocation);

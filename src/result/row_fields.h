/* The parts of a row as tables of fields, made of convlens/row.def. */
#ifndef CVL_RESULT_ROW_FIELDS_H
#define CVL_RESULT_ROW_FIELDS_H

#include <convlens/result.h>

#include "result/fields.h"

extern const struct cvl_fields cvl_row_head_fields; /* of struct cvl_row */
extern const struct cvl_fields cvl_row_time_fields;
extern const struct cvl_fields cvl_row_computed_fields;
extern const struct cvl_fields cvl_row_counted_fields;
extern const struct cvl_fields cvl_row_measured_fields;
extern const struct cvl_fields cvl_row_kernels_fields;
extern const struct cvl_fields cvl_row_check_fields;
extern const struct cvl_fields cvl_row_roofline_fields;
extern const struct cvl_fields cvl_row_layer_fields;
extern const struct cvl_fields cvl_row_stage_fields;
extern const struct cvl_fields cvl_row_round_fields;
extern const struct cvl_fields cvl_row_allocation_fields;

#endif

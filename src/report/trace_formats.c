/* The formats of a trace. */
#include "report/trace_formats.h"

static const struct cvl_format formats[] = {
    {"table", cvl_trace_write_table},
    {"csv", cvl_trace_write_csv},
    {"json", cvl_trace_write_json},
};

const struct cvl_formats cvl_trace_formats = CVL_FORMATS(formats);

/* Names of an enum's values. */
#ifndef CVL_PROBLEM_NAMES_H
#define CVL_PROBLEM_NAMES_H

#include <convlens/problem.h>

struct cvl_names {
    const char *what; /* "layout" */
    const char *const *at;
    unsigned count;
};

extern const struct cvl_names cvl_form_names, cvl_layout_names, cvl_dtype_names, cvl_passes_names,
    cvl_optimizer_names, cvl_op_kind_names, cvl_function_names;

/* "nhwc or nchw", cut to fit. */
void cvl_names_print(const struct cvl_names *names, char *text, size_t size);
/* "unknown" for what is none of the values. */
const char *cvl_names_get(const struct cvl_names *names, unsigned value);
/* @return CVL_OK, or CVL_BAD_INPUT listing the names */
enum cvl_status cvl_names_find(const struct cvl_names *names, const char *text, unsigned *out,
                               struct cvl_error *err);

#endif

/* What to take for each layer, for people and for programs. */
#ifndef CVL_REPORT_CHOICE_FORMATS_H
#define CVL_REPORT_CHOICE_FORMATS_H

#include <stdio.h>

#include <convlens/model.h>

/* A way to print it. */
struct cvl_choice_format {
    const char *name;
    enum cvl_status (*print)(const struct cvl_choices *choices,
                             const struct cvl_choice_rules *rules, FILE *stream,
                             struct cvl_error *err);
};

/* Of that name: table, csv or json; NULL: there is none. */
const struct cvl_choice_format *cvl_choice_format_find(const char *name);

#endif

/* Run options to JSON and back, by the table that declares them. */
#include "run/options.h"

#include <stdlib.h>

#include "result/fields.h"

static const struct cvl_field table[] = {
#define CVL_RUN_OPTION(type, of, name, meaning)                                                    \
    {.key = #name,                                                                                 \
     .kind = CVL_FIELD_##of,                                                                       \
     .offset = offsetof(struct cvl_run_options, name),                                             \
     .size = sizeof(((struct cvl_run_options *)0)->name)},
#include <convlens/run_options.def>
};

static const struct cvl_fields fields = {table, sizeof table / sizeof table[0],
                                         sizeof(struct cvl_run_options)};

json_t *cvl_run_options_json(const struct cvl_run_options *options)
{
    return cvl_fields_write(&fields, options);
}

enum cvl_status cvl_run_options_json_read(const json_t *object, struct cvl_run_options *out,
                                          struct cvl_error *err)
{
    *out = (struct cvl_run_options){0};
    return cvl_fields_read(&fields, object, "options", out, err);
}

void cvl_run_options_clear(struct cvl_run_options *options)
{
#define FREE_REAL(name)
#define FREE_U64(name)
#define FREE_BOOL(name)
#define FREE_OWNED(name)                          free((char *)(uintptr_t)options->name);
#define CVL_RUN_OPTION(type, kind, name, meaning) FREE_##kind(name)
#include <convlens/run_options.def>
    *options = (struct cvl_run_options){0};
}

/* What a search found, as a table, CSV and JSON. */
#include "cli/tuned.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/csv.h"
#include "base/text.h"
#include "report/grid.h"

static double gain_of(const struct cvl_tuned *tuned)
{
    const struct cvl_settlement *as = &tuned->settled_as;
    return tuned->settled ? as->default_s / as->best_s : (double)NAN;
}

double cvl_tuned_mean_gain(const struct cvl_tuned *tuned, size_t count)
{
    double sum = 0.0;
    size_t settled = 0;
    for (size_t i = 0; i < count; i++) {
        const double gain = gain_of(&tuned[i]);
        if (isnan(gain))
            continue;
        sum += log(gain);
        settled++;
    }
    return settled > 0 ? exp(sum / (double)settled) : (double)NAN;
}

/* What it is settled with, in words where there are no values. */
static const char *describe(const struct cvl_tuned *tuned, char text[CVL_VALUES_TEXT_BYTES])
{
    cvl_values_print(&tuned->settled_as.asked, text);
    if (!tuned->settled)
        return "not settled";
    return *text != '\0' ? text : "default";
}

static void add_line(struct cvl_grid *grid, const struct cvl_tuned *tuned)
{
    const struct cvl_settlement *as = &tuned->settled_as;
    char text[CVL_VALUES_TEXT_BYTES];
    cvl_grid_text(grid, tuned->device);
    cvl_grid_text(grid, tuned->variant);
    cvl_grid_text(grid, tuned->layer);
    cvl_grid_text(grid, cvl_layout_name(tuned->layout));
    cvl_grid_seconds(grid, tuned->settled ? as->default_s : (double)NAN, "");
    cvl_grid_seconds(grid, tuned->settled ? as->best_s : (double)NAN, "");
    cvl_grid_ratio(grid, gain_of(tuned));
    cvl_grid_cell(grid, "%zu%s", tuned->tried, tuned->over ? "" : "+");
    cvl_grid_text(grid, describe(tuned, text));
}

static enum cvl_status print_table(const struct cvl_tuned *tuned, size_t count, FILE *stream,
                                   struct cvl_error *err)
{
    static const char *const headings[] = {"DEVICE", "VARIANT", "LAYER",  "LAYOUT",    ">DEFAULT",
                                           ">BEST",  ">RATIO",  ">TRIED", "PARAMETERS"};
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    size_t failed = 0;
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < count; i++) {
        add_line(&grid, &tuned[i]);
        failed += tuned[i].failed;
    }
    const enum cvl_status status = cvl_grid_end(&grid, "tune", err);
    if (status != CVL_OK)
        return status;
    const double gain = cvl_tuned_mean_gain(tuned, count);
    if (!isnan(gain))
        (void)fprintf(stream, "\ngeometric mean of default over best: %.3f\n", gain);
    if (failed > 0)
        (void)fprintf(stream, "%zu candidates did not work; the tuning database says why\n",
                      failed);
    return CVL_OK;
}

static void put_tuned(struct cvl_csv *csv, const struct cvl_tuned *one)
{
    char text[CVL_VALUES_TEXT_BYTES];
    cvl_values_print(&one->settled_as.asked, text);
    cvl_csv_text(csv, one->device);
    cvl_csv_text(csv, one->variant);
    cvl_csv_text(csv, one->layer);
    cvl_csv_text(csv, cvl_layout_name(one->layout));
    cvl_csv_text(csv, cvl_dtype_name(one->dtype));
    cvl_csv_text(csv, one->kind.shape);
    cvl_csv_real(csv, one->settled ? one->settled_as.default_s : (double)NAN);
    cvl_csv_real(csv, one->settled ? one->settled_as.best_s : (double)NAN);
    cvl_csv_real(csv, gain_of(one));
    cvl_csv_text(csv, text);
    cvl_csv_integer(csv, one->tried);
    cvl_csv_integer(csv, one->failed);
    cvl_csv_integer(csv, one->over);
    cvl_csv_integer(csv, one->settled);
    cvl_csv_end(csv);
}

static enum cvl_status print_csv(const struct cvl_tuned *tuned, size_t count, FILE *stream,
                                 struct cvl_error *err)
{
    static const char *const names[] = {"device", "variant",   "layer",  "layout", "dtype",
                                        "class",  "default_s", "best_s", "ratio",  "tuning",
                                        "tried",  "failed",    "over",   "settled"};
    struct cvl_csv csv = {.stream = stream};
    cvl_csv_heading(&csv, names, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < count; i++)
        put_tuned(&csv, &tuned[i]);
    return cvl_csv_status(&csv, "tune", err);
}

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *tuning_json(const struct cvl_tuned *tuned)
{
    json_t *object = json_object();
    const struct cvl_values *asked = &tuned->settled_as.asked;
    for (uint32_t i = 0; tuned->settled && i < asked->count; i++)
        (void)json_object_set_new(object, asked->at[i].name, json_integer(asked->at[i].value));
    return object;
}

static json_t *tuned_json(const struct cvl_tuned *tuned)
{
    char layer[CVL_LAYER_NAME_BYTES];
    cvl_copy_safe(layer, sizeof layer, tuned->layer);
    const struct cvl_settlement none = {.default_s = (double)NAN, .best_s = (double)NAN};
    const struct cvl_settlement *as = tuned->settled ? &tuned->settled_as : &none;
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:b, s:b}",
                     "device", tuned->device, "variant", tuned->variant, "layer", layer, "layout",
                     cvl_layout_name(tuned->layout), "dtype", cvl_dtype_name(tuned->dtype), "class",
                     tuned->kind.shape, "default_s", number(as->default_s), "best_s",
                     number(as->best_s), "ratio", number(gain_of(tuned)), "tuning",
                     tuning_json(tuned), "tried", (json_int_t)tuned->tried, "failed",
                     (json_int_t)tuned->failed, "over", tuned->over, "settled", tuned->settled);
}

static enum cvl_status print_json(const struct cvl_tuned *tuned, size_t count, FILE *stream,
                                  struct cvl_error *err)
{
    json_t *list = json_array();
    bool failed = !list;
    for (size_t i = 0; i < count && !failed; i++)
        failed = json_array_append_new(list, tuned_json(&tuned[i])) != 0;
    json_t *document =
        failed ? NULL
               : json_pack("{s:s, s:o, s:O}", "schema", "convlens-tuned/1", "mean_ratio",
                           number(cvl_tuned_mean_gain(tuned, count)), "tuned", list);
    failed = !document || json_dumpf(document, stream, JSON_INDENT(2)) != 0;
    (void)fputc('\n', stream);
    json_decref(document);
    json_decref(list);
    return failed ? cvl_fail(err, CVL_NO_MEMORY, "no memory for the document") : CVL_OK;
}

static const struct cvl_tuned_format formats[] = {
    {"table", print_table},
    {"csv", print_csv},
    {"json", print_json},
};

const struct cvl_tuned_format *cvl_tuned_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

/* What a search found, as a table, CSV and JSON. */
#include "report/tuned_formats.h"

#include <math.h>

#include "base/csv.h"
#include "report/document.h"
#include "report/grid.h"
#include "result/fields.h"
#include "tuning/tuned.h"

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
    cvl_grid_ratio(grid, cvl_tuned_gain(tuned), "");
    cvl_grid_cell(grid, "%zu%s", tuned->tried, tuned->over ? "" : "+");
    cvl_grid_text(grid, describe(tuned, text));
}

static enum cvl_status write_table(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_tuned_list *list = subject;
    static const char *const headings[] = {"DEVICE", "VARIANT", "~LAYER", "LAYOUT",     ">DEFAULT",
                                           ">BEST",  ">RATIO",  ">TRIED", "|PARAMETERS"};
    struct cvl_grid grid = cvl_grid_begin(stream, true);
    size_t failed = 0, skipped = 0;
    cvl_grid_columns(&grid, headings, sizeof headings / sizeof headings[0]);
    for (size_t i = 0; i < list->count; i++) {
        add_line(&grid, &list->at[i]);
        failed += list->at[i].failed - list->at[i].skipped;
        skipped += list->at[i].skipped;
    }
    const enum cvl_status status = cvl_grid_end(&grid, "tune", err);
    if (status != CVL_OK)
        return status;
    const double gain = cvl_tuned_mean_gain(list);
    if (!isnan(gain))
        (void)fprintf(stream, "\ngeometric mean of default over best: %.3f\n", gain);
    if (failed > 0)
        (void)fprintf(stream, "%zu candidates did not work; the tuning database says why\n",
                      failed);
    if (skipped > 0)
        (void)fprintf(stream,
                      "%zu candidates were skipped before they ran, as they do not fit the device "
                      "or spill; the tuning database says why\n",
                      skipped);
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
    cvl_csv_real(csv, cvl_tuned_gain(one));
    cvl_csv_text(csv, text);
    cvl_csv_integer(csv, one->tried);
    cvl_csv_integer(csv, one->failed);
    cvl_csv_integer(csv, one->over);
    cvl_csv_integer(csv, one->settled);
    cvl_csv_integer(csv, one->skipped);
    cvl_csv_end(csv);
}

static enum cvl_status write_csv(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_tuned_list *list = subject;
    static const char *const names[] = {"device", "variant",   "layer",  "layout",  "dtype",
                                        "class",  "default_s", "best_s", "ratio",   "tuning",
                                        "tried",  "failed",    "over",   "settled", "skipped"};
    struct cvl_csv csv = {.stream = stream};
    cvl_csv_heading(&csv, names, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < list->count; i++)
        put_tuned(&csv, &list->at[i]);
    (void)err; /* no memory is needed */
    return CVL_OK;
}

static json_t *tuning_json(const struct cvl_tuned *tuned)
{
    json_t *object = json_object();
    const struct cvl_values *asked = &tuned->settled_as.asked;
    int failed = 0;
    for (uint32_t i = 0; tuned->settled && i < asked->count; i++)
        failed |= cvl_json_set(object, asked->at[i].name, json_integer(asked->at[i].value));
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *tuned_json(const struct cvl_tuned *tuned)
{
    const struct cvl_settlement none = {.default_s = (double)NAN, .best_s = (double)NAN};
    const struct cvl_settlement *as = tuned->settled ? &tuned->settled_as : &none;
    return json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:b, s:b, s:I}",
                     "device", tuned->device, "variant", tuned->variant, "layer",
                     cvl_json_text(tuned->layer, sizeof tuned->layer), "layout",
                     cvl_layout_name(tuned->layout), "dtype", cvl_dtype_name(tuned->dtype), "class",
                     tuned->kind.shape, "default_s", cvl_json_real(as->default_s), "best_s",
                     cvl_json_real(as->best_s), "ratio", cvl_json_real(cvl_tuned_gain(tuned)),
                     "tuning", tuning_json(tuned), "tried", (json_int_t)tuned->tried, "failed",
                     (json_int_t)tuned->failed, "over", tuned->over, "settled", tuned->settled,
                     "skipped", (json_int_t)tuned->skipped);
}

static enum cvl_status write_json(const void *subject, FILE *stream, struct cvl_error *err)
{
    const struct cvl_tuned_list *list = subject;
    json_t *tuned = json_array();
    for (size_t i = 0; tuned && i < list->count; i++)
        if (json_array_append_new(tuned, tuned_json(&list->at[i])) != 0) {
            json_decref(tuned);
            tuned = NULL;
        }
    json_t *document = json_pack("{s:s, s:o, s:o}", "schema", "convlens-tuned/1", "mean_ratio",
                                 cvl_json_real(cvl_tuned_mean_gain(list)), "tuned", tuned);
    return cvl_document_write(document, 2, stream, err);
}

static const struct cvl_format formats[] = {
    {"table", write_table},
    {"csv", write_csv},
    {"json", write_json},
};

const struct cvl_formats cvl_tuned_formats = CVL_FORMATS(formats);

/* Names of forms, layouts, data types, passes and optimizers. */
#include <convlens/problem.h>

#include <string.h>

#include "base/text.h"

static const char *const form_names[CVL_FORM_COUNT] = {
    [CVL_STANDARD] = "standard",   [CVL_DEPTHWISE] = "depthwise", [CVL_POINTWISE] = "pointwise",
    [CVL_SEPARABLE] = "separable", [CVL_INVERTED] = "inverted",
};
static const char *const layout_names[CVL_LAYOUT_COUNT] = {
    [CVL_NHWC] = "nhwc",
    [CVL_NCHW] = "nchw",
};
static const char *const dtype_names[CVL_DTYPE_COUNT] = {
    [CVL_F32] = "f32",
    [CVL_F16] = "f16",
};
static const char *const passes_names[CVL_PASSES_COUNT] = {
    [CVL_FORWARD] = "forward",
    [CVL_TRAINING] = "training",
};
static const char *const optimizer_names[CVL_OPTIMIZER_COUNT] = {
    [CVL_SGD] = "sgd",
    [CVL_MOMENTUM] = "momentum",
    [CVL_ADAM] = "adam",
};

static const char *name_at(const char *const *names, unsigned count, unsigned index)
{
    return index < count ? names[index] : "unknown";
}

/* Finds `text` among the names. On failure the error lists them. */
static enum cvl_status find(const char *what, const char *const *names, unsigned count,
                            const char *text, unsigned *out, struct cvl_error *err)
{
    for (unsigned i = 0; i < count; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return CVL_OK;
        }
    }
    struct cvl_text choices = {0};
    for (unsigned i = 0; i < count; i++)
        cvl_text_append(&choices, "%s%s", i == 0 ? "" : i + 1 < count ? ", " : " or ", names[i]);
    char shown[80];
    cvl_copy_safe(shown, sizeof shown, text);
    enum cvl_status status =
        cvl_fail(err, CVL_BAD_INPUT, "%s: got %s, expected %s", what, *shown ? shown : "nothing",
                 choices.data ? choices.data : "one of its names");
    cvl_text_clear(&choices);
    return status;
}

const char *cvl_form_name(enum cvl_form form)
{
    return name_at(form_names, CVL_FORM_COUNT, form);
}

const char *cvl_layout_name(enum cvl_layout layout)
{
    return name_at(layout_names, CVL_LAYOUT_COUNT, layout);
}

const char *cvl_dtype_name(enum cvl_dtype dtype)
{
    return name_at(dtype_names, CVL_DTYPE_COUNT, dtype);
}

const char *cvl_passes_name(enum cvl_passes passes)
{
    return name_at(passes_names, CVL_PASSES_COUNT, passes);
}

const char *cvl_optimizer_name(enum cvl_optimizer optimizer)
{
    return name_at(optimizer_names, CVL_OPTIMIZER_COUNT, optimizer);
}

enum cvl_status cvl_form_parse(const char *text, enum cvl_form *out, struct cvl_error *err)
{
    unsigned index = 0;
    enum cvl_status status = find("form", form_names, CVL_FORM_COUNT, text, &index, err);
    if (status == CVL_OK)
        *out = (enum cvl_form)index;
    return status;
}

enum cvl_status cvl_layout_parse(const char *text, enum cvl_layout *out, struct cvl_error *err)
{
    unsigned index = 0;
    enum cvl_status status = find("layout", layout_names, CVL_LAYOUT_COUNT, text, &index, err);
    if (status == CVL_OK)
        *out = (enum cvl_layout)index;
    return status;
}

enum cvl_status cvl_dtype_parse(const char *text, enum cvl_dtype *out, struct cvl_error *err)
{
    unsigned index = 0;
    enum cvl_status status = find("dtype", dtype_names, CVL_DTYPE_COUNT, text, &index, err);
    if (status == CVL_OK)
        *out = (enum cvl_dtype)index;
    return status;
}

uint32_t cvl_dtype_bytes(enum cvl_dtype dtype)
{
    return dtype == CVL_F16 ? 2 : 4;
}

enum cvl_status cvl_passes_parse(const char *text, enum cvl_passes *out, struct cvl_error *err)
{
    unsigned index = 0;
    enum cvl_status status = find("passes", passes_names, CVL_PASSES_COUNT, text, &index, err);
    if (status == CVL_OK)
        *out = (enum cvl_passes)index;
    return status;
}

enum cvl_status cvl_optimizer_parse(const char *text, enum cvl_optimizer *out,
                                    struct cvl_error *err)
{
    unsigned index = 0;
    enum cvl_status status =
        find("optimizer", optimizer_names, CVL_OPTIMIZER_COUNT, text, &index, err);
    if (status == CVL_OK)
        *out = (enum cvl_optimizer)index;
    return status;
}

uint32_t cvl_optimizer_copies(enum cvl_optimizer optimizer)
{
    static const uint32_t copies[CVL_OPTIMIZER_COUNT] = {
        [CVL_SGD] = 0, [CVL_MOMENTUM] = 1, [CVL_ADAM] = 2};
    return copies[optimizer];
}

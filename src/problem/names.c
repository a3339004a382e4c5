/* Names of forms, layouts, data types, passes, optimizers, ops and their functions. */
#include "problem/names.h"

#include <convlens/network.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

const char *cvl_names_get(const struct cvl_names *names, unsigned value)
{
    return value < names->count ? names->at[value] : "unknown";
}

void cvl_names_print(const struct cvl_names *names, char *text, size_t size)
{
    size_t used = 0;
    for (unsigned i = 0; i < names->count && used < size; i++) {
        const char *between = i == 0 ? "" : i + 1 < names->count ? ", " : " or ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", between, names->at[i]);
    }
}

enum cvl_status cvl_names_find(const struct cvl_names *names, const char *text, unsigned *out,
                               struct cvl_error *err)
{
    for (unsigned i = 0; i < names->count; i++) {
        if (strcmp(names->at[i], text) == 0) {
            *out = i;
            return CVL_OK;
        }
    }
    char choices[160], shown[80];
    cvl_names_print(names, choices, sizeof choices);
    cvl_copy_safe(shown, sizeof shown, text);
    return cvl_fail(err, CVL_BAD_INPUT, "%s: got %s, expected %s", names->what,
                    *shown ? shown : "nothing", choices);
}

/* The list of an enum's names, and the two public functions of it. */
#define NAMED(family, ...)                                                                         \
    static const char *const family##_list[] = {__VA_ARGS__};                                      \
    const struct cvl_names cvl_##family##_names = {                                                \
        #family, family##_list, sizeof family##_list / sizeof family##_list[0]};                   \
    const char *cvl_##family##_name(enum cvl_##family value)                                       \
    {                                                                                              \
        return cvl_names_get(&cvl_##family##_names, value);                                        \
    }                                                                                              \
    enum cvl_status cvl_##family##_parse(const char *text, enum cvl_##family *out,                 \
                                         struct cvl_error *err)                                    \
    {                                                                                              \
        unsigned value = 0;                                                                        \
        const enum cvl_status status = cvl_names_find(&cvl_##family##_names, text, &value, err);   \
        if (status == CVL_OK)                                                                      \
            *out = (enum cvl_##family)value;                                                       \
        return status;                                                                             \
    }

NAMED(
    form, [CVL_STANDARD] = "standard", [CVL_DEPTHWISE] = "depthwise", [CVL_POINTWISE] = "pointwise",
    [CVL_SEPARABLE] = "separable", [CVL_INVERTED] = "inverted", [CVL_TRANSPOSED] = "transposed")
NAMED(layout, [CVL_NHWC] = "nhwc", [CVL_NCHW] = "nchw")
NAMED(dtype, [CVL_F32] = "f32", [CVL_F16] = "f16")
NAMED(passes, [CVL_FORWARD] = "forward", [CVL_TRAINING] = "training")
NAMED(optimizer, [CVL_SGD] = "sgd", [CVL_MOMENTUM] = "momentum", [CVL_ADAM] = "adam")
NAMED(op_kind, [CVL_OP_CONVOLUTION] = "convolution", [CVL_OP_ADD] = "add",
      [CVL_OP_MULTIPLY] = "multiply", [CVL_OP_ACTIVATION] = "activation", [CVL_OP_POOL] = "pool",
      [CVL_OP_CONCAT] = "concat", [CVL_OP_RESIZE] = "resize", [CVL_OP_RESHAPE] = "reshape",
      [CVL_OP_SLICE] = "slice", [CVL_OP_UPDATE_SLICE] = "update_slice", [CVL_OP_NORM] = "norm",
      [CVL_OP_MATMUL] = "matmul", [CVL_OP_REDUCE] = "reduce", [CVL_OP_OTHER] = "other")
NAMED(function, [CVL_FUNCTION_NONE] = "none", [CVL_RELU] = "relu", [CVL_RELU6] = "relu6",
      [CVL_SIGMOID] = "sigmoid", [CVL_SWISH] = "swish", [CVL_HARD_SIGMOID] = "hard_sigmoid",
      [CVL_HARD_SWISH] = "hard_swish", [CVL_TANH] = "tanh", [CVL_MAX] = "max",
      [CVL_AVERAGE] = "average")

uint32_t cvl_dtype_bytes(enum cvl_dtype dtype)
{
    return dtype == CVL_F16 ? 2 : 4;
}

uint32_t cvl_optimizer_copies(enum cvl_optimizer optimizer)
{
    static const uint32_t copies[CVL_OPTIMIZER_COUNT] = {
        [CVL_SGD] = 0, [CVL_MOMENTUM] = 1, [CVL_ADAM] = 2};
    return copies[optimizer];
}

/* Tensors of a case as .npy files. */
#include "run/verify/dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/verify/elements.h"
#include "run/verify/npy.h"

enum { PATH_BYTES = 4096 };

/* "0:0" has a character that some file systems refuse: "0.0". */
static enum cvl_status make_folder(const struct cvl_plan *plan, const char *device_id,
                                   const char *folder, char *path, struct cvl_error *err)
{
    char device[24];
    (void)snprintf(device, sizeof device, "%s", device_id);
    for (char *colon = device; (colon = strchr(colon, ':'));)
        *colon = '.';
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return cvl_fail(err, CVL_IO, "%s: %s", folder, strerror(errno));
    for (unsigned number = 1; number < 1000000; number++) {
        int length = snprintf(path, PATH_BYTES, "%s/%s-%s-%s-%s-%u", folder, device, plan->variant,
                              cvl_layout_name(plan->layout), cvl_dtype_name(plan->dtype), number);
        if (length >= PATH_BYTES - 32)
            return cvl_fail(err, CVL_IO, "%s: the path is too long", folder);
        if (mkdir(path, 0777) == 0)
            return CVL_OK;
        if (errno != EEXIST)
            break;
    }
    return cvl_fail(err, CVL_IO, "%s: %s", path, strerror(errno));
}

static enum cvl_status write_file(const char *path, const char *name, const float *values,
                                  const size_t *shape, size_t dims, struct cvl_error *err)
{
    char file[PATH_BYTES + 64];
    (void)snprintf(file, sizeof file, "%s/%s.npy", path, name);
    return cvl_npy_write(file, values, shape, dims, err);
}

static enum cvl_status write_activations(const char *path, const char *name, const void *values,
                                         struct cvl_extent extent, const struct cvl_plan *plan,
                                         struct cvl_error *err)
{
    size_t shape[4];
    size_t count = cvl_extent_elements(extent);
    float *wide = malloc(count * sizeof *wide);
    if (!wide)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory to write %s", name);
    for (size_t i = 0; i < count; i++)
        wide[i] = cvl_element_load(values, i, plan->dtype);
    cvl_layout_shape(extent, plan->layout, shape);
    enum cvl_status status = write_file(path, name, wide, shape, 4, err);
    free(wide);
    return status;
}

static enum cvl_status write_input(const char *path, const struct cvl_tensors *tensors,
                                   const struct cvl_plan *plan, struct cvl_error *err)
{
    const struct cvl_extent extent = tensors->input_extent;
    void *packed = malloc(cvl_extent_elements(extent) * cvl_dtype_bytes(plan->dtype));
    if (!packed)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no host memory to write the input");
    cvl_pack_activations(tensors->input, extent, plan->layout, plan->dtype, packed);
    enum cvl_status status = write_activations(path, "input", packed, extent, plan, err);
    free(packed);
    return status;
}

static enum cvl_status write_numbered(const char *path, const char *number, const char *name,
                                      const float *values, const size_t *shape,
                                      struct cvl_error *err)
{
    char file[48];
    (void)snprintf(file, sizeof file, "%.23s%.20s", number, name);
    return write_file(path, file, values, shape, 4, err);
}

/* Of a layer of a network, its number stands before the names. */
static enum cvl_status write_weights(const char *path, const char *number,
                                     const struct cvl_tensors *tensors, struct cvl_error *err)
{
    const struct cvl_problem *p = &tensors->problem;
    size_t kh = (size_t)p->kh, kw = (size_t)p->kw;
    size_t ic = (size_t)p->ic, oc = (size_t)p->oc;
    size_t channels = (size_t)cvl_problem_middle(p);
    const bool transposed = p->form == CVL_TRANSPOSED;
    size_t full[] = {transposed ? ic : oc, (transposed ? oc : ic) / (size_t)p->g, kh, kw};
    size_t ex[] = {channels, ic, 1, 1};
    size_t dw[] = {channels, 1, kh, kw};
    size_t pw[] = {oc, channels, 1, 1};
    enum cvl_status status = CVL_OK;
    if (tensors->weights)
        status = write_numbered(path, number, "weights", tensors->weights, full, err);
    if (tensors->weights_ex)
        status = write_numbered(path, number, "weights_ex", tensors->weights_ex, ex, err);
    if (status == CVL_OK && tensors->weights_dw)
        status = write_numbered(path, number, "weights_dw", tensors->weights_dw, dw, err);
    if (status == CVL_OK && tensors->weights_pw)
        status = write_numbered(path, number, "weights_pw", tensors->weights_pw, pw, err);
    return status;
}

static enum cvl_status write_all_weights(const char *path, const struct cvl_expected *expected,
                                         struct cvl_error *err)
{
    const size_t count = expected->network.step_count;
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < count && status == CVL_OK; i++) {
        char number[24] = "";
        if (count > 1)
            (void)snprintf(number, sizeof number, "%zu-", i + 1);
        if (expected->network.steps[i].op.kind == CVL_OP_CONVOLUTION)
            status = write_weights(path, number, &expected->steps[i], err);
    }
    return status;
}

/* "output" of the last step, "12-output" of another one. */
static enum cvl_status write_outputs(const char *path, const struct cvl_expected *expected,
                                     const struct cvl_plan *plan, const void *outputs,
                                     struct cvl_error *err)
{
    const unsigned char *at = outputs;
    enum cvl_status status = CVL_OK;
    for (uint32_t i = 0; i < plan->buffer_count && status == CVL_OK; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        char name[32] = "output";
        if (!cvl_buffer_is_output(buffer))
            continue;
        if (buffer->step + 1 < plan->step_count)
            (void)snprintf(name, sizeof name, "%u-output", buffer->step + 1);
        status = write_activations(
            path, name, at, cvl_output_extent(&expected->steps[buffer->step].problem), plan, err);
        at += buffer->bytes;
    }
    return status;
}

enum cvl_status cvl_tensors_dump(const struct cvl_expected *expected, const struct cvl_plan *plan,
                                 const char *device_id, const char *folder, const void *output,
                                 struct cvl_error *err)
{
    char path[PATH_BYTES];
    enum cvl_status status = make_folder(plan, device_id, folder, path, err);
    if (status == CVL_OK)
        status = write_input(path, &expected->steps[0], plan, err);
    if (status == CVL_OK)
        status = write_all_weights(path, expected, err);
    return status == CVL_OK ? write_outputs(path, expected, plan, output, err) : status;
}

#include "onednn.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dnnl.h>

#include "base/clock.h"
#include "base/text.h"

/* One primitive with its memories. */
struct convolution {
    dnnl_primitive_t primitive;
    dnnl_memory_t source, weights, target; /* a second primitive borrows the first one's target */
    bool owns_source;
    char name[64];
};

struct peers_onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    struct convolution parts[2];
    uint32_t count;
    char name[160];
};

static enum cvl_status judge(dnnl_status_t status, const char *what, struct cvl_error *err)
{
    switch (status) {
    case dnnl_success:
        return CVL_OK;
    case dnnl_out_of_memory:
        return cvl_fail(err, CVL_NO_MEMORY, "oneDNN: %s: out of memory", what);
    case dnnl_unimplemented:
        return cvl_fail(err, CVL_UNSUPPORTED, "oneDNN: %s: not implemented", what);
    default:
        return cvl_fail(err, CVL_FAILED, "oneDNN: %s: status %d", what, (int)status);
    }
}

static enum cvl_status describe_activations(struct cvl_extent extent, dnnl_memory_desc_t *out,
                                            struct cvl_error *err)
{
    dnnl_dims_t dims = {(dnnl_dim_t)extent.n, (dnnl_dim_t)extent.c, (dnnl_dim_t)extent.h,
                        (dnnl_dim_t)extent.w};
    return judge(dnnl_memory_desc_init_by_tag(out, 4, dims, dnnl_f32, dnnl_nhwc), "activations",
                 err);
}

/* OIHW, or GOIHW where there are groups. */
static enum cvl_status describe_weights(const struct cvl_problem *p, bool is_any,
                                        dnnl_memory_desc_t *out, struct cvl_error *err)
{
    dnnl_dims_t grouped = {p->g, p->oc / p->g, p->ic / p->g, p->kh, p->kw};
    dnnl_dims_t dense = {p->oc, p->ic, p->kh, p->kw};
    bool has_groups = p->g > 1;
    dnnl_format_tag_t plain = has_groups ? dnnl_goihw : dnnl_oihw;
    return judge(dnnl_memory_desc_init_by_tag(out, has_groups ? 5 : 4, has_groups ? grouped : dense,
                                              dnnl_f32, is_any ? dnnl_format_tag_any : plain),
                 "weights", err);
}

/* What lies after the last row and is never read is no padding. */
static dnnl_dim_t padding(int32_t after)
{
    return after > 0 ? after : 0;
}

static enum cvl_status describe(const struct cvl_problem *p, dnnl_alg_kind_t algorithm,
                                dnnl_convolution_desc_t *out, struct cvl_error *err)
{
    dnnl_memory_desc_t source, weights, target;
    dnnl_dims_t strides = {p->sh, p->sw}, dilations = {p->dh, p->dw}, before = {p->ph, p->pw};
    dnnl_dims_t after = {padding(cvl_problem_pad_bottom(p)), padding(cvl_problem_pad_right(p))};
    enum cvl_status status = describe_activations(cvl_input_extent(p), &source, err);
    if (status == CVL_OK)
        status = describe_activations(cvl_output_extent(p), &target, err);
    if (status == CVL_OK)
        status = describe_weights(p, true, &weights, err);
    if (status != CVL_OK)
        return status;
    return judge(dnnl_dilated_convolution_forward_desc_init(out, dnnl_forward_inference, algorithm,
                                                            &source, &weights, NULL, &target,
                                                            strides, dilations, before, after),
                 "convolution", err);
}

static enum cvl_status make_memory(const struct peers_onednn *onednn,
                                   const dnnl_memory_desc_t *desc, const float *content,
                                   dnnl_memory_t *out, struct cvl_error *err)
{
    void *data = NULL;
    enum cvl_status status =
        judge(dnnl_memory_create(out, desc, onednn->engine, DNNL_MEMORY_ALLOCATE), "memory", err);
    if (status == CVL_OK)
        status = judge(dnnl_memory_get_data_handle(*out, &data), "memory", err);
    if (status == CVL_OK && content)
        memcpy(data, content, dnnl_memory_desc_get_size(desc));
    else if (status == CVL_OK)
        memset(data, 0, dnnl_memory_desc_get_size(desc)); /* touched before it is timed */
    return status;
}

static enum cvl_status reorder(const struct peers_onednn *onednn, const dnnl_memory_desc_t *from,
                               dnnl_memory_t source, const dnnl_memory_desc_t *to,
                               dnnl_memory_t target, struct cvl_error *err)
{
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_t primitive = NULL;
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, target}};
    enum cvl_status status = judge(
        dnnl_reorder_primitive_desc_create(&desc, from, onednn->engine, to, onednn->engine, NULL),
        "reorder", err);
    if (status == CVL_OK)
        status = judge(dnnl_primitive_create(&primitive, desc), "reorder", err);
    if (status == CVL_OK)
        status = judge(dnnl_primitive_execute(primitive, onednn->stream, 2, args), "reorder", err);
    if (status == CVL_OK)
        status = judge(dnnl_stream_wait(onednn->stream), "reorder", err);
    if (primitive)
        (void)dnnl_primitive_destroy(primitive);
    if (desc)
        (void)dnnl_primitive_desc_destroy(desc);
    return status;
}

static enum cvl_status make_weights(const struct peers_onednn *onednn, const struct cvl_problem *p,
                                    const float *values, dnnl_primitive_desc_t desc,
                                    struct convolution *out, struct cvl_error *err)
{
    dnnl_memory_desc_t plain;
    dnnl_memory_t given = NULL;
    const dnnl_memory_desc_t *liked = dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    enum cvl_status status = describe_weights(p, false, &plain, err);
    if (status == CVL_OK)
        status = make_memory(onednn, &plain, values, &given, err);
    if (status == CVL_OK)
        status = make_memory(onednn, liked, NULL, &out->weights, err);
    if (status == CVL_OK)
        status = reorder(onednn, &plain, given, liked, out->weights, err);
    if (given)
        (void)dnnl_memory_destroy(given);
    return status;
}

static void clear(struct convolution *part)
{
    if (part->primitive)
        (void)dnnl_primitive_destroy(part->primitive);
    if (part->source && part->owns_source)
        (void)dnnl_memory_destroy(part->source);
    if (part->weights)
        (void)dnnl_memory_destroy(part->weights);
    if (part->target)
        (void)dnnl_memory_destroy(part->target);
    *part = (struct convolution){0};
}

/* What a primitive works on: its input's content, or the memory that the one before wrote. */
struct operands {
    struct cvl_problem problem;
    const float *input, *weights;
    dnnl_memory_t source;
};

static enum cvl_status make_memories(const struct peers_onednn *onednn, const struct operands *on,
                                     dnnl_primitive_desc_t desc, struct convolution *out,
                                     struct cvl_error *err)
{
    const dnnl_memory_desc_t *source = dnnl_primitive_desc_query_md(desc, dnnl_query_src_md, 0);
    const dnnl_memory_desc_t *target = dnnl_primitive_desc_query_md(desc, dnnl_query_dst_md, 0);
    enum cvl_status status = CVL_OK;
    out->source = on->source;
    out->owns_source = !on->source;
    if (out->owns_source)
        status = make_memory(onednn, source, on->input, &out->source, err);
    if (status == CVL_OK)
        status = make_memory(onednn, target, NULL, &out->target, err);
    if (status == CVL_OK)
        status = make_weights(onednn, &on->problem, on->weights, desc, out, err);
    return status;
}

static enum cvl_status make(const struct peers_onednn *onednn, const struct operands *on,
                            dnnl_alg_kind_t algorithm, struct convolution *out,
                            struct cvl_error *err)
{
    dnnl_convolution_desc_t operation;
    dnnl_primitive_desc_t desc = NULL;
    const char *name = "";
    *out = (struct convolution){0};
    enum cvl_status status = describe(&on->problem, algorithm, &operation, err);
    if (status == CVL_OK)
        status = judge(dnnl_primitive_desc_create(&desc, &operation, NULL, onednn->engine, NULL),
                       "convolution", err);
    if (status == CVL_OK)
        status = judge(dnnl_primitive_create(&out->primitive, desc), "convolution", err);
    if (status == CVL_OK)
        status = make_memories(onednn, on, desc, out, err);
    if (status == CVL_OK &&
        dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, &name) == dnnl_success)
        cvl_copy(out->name, sizeof out->name, name);
    if (desc)
        (void)dnnl_primitive_desc_destroy(desc);
    if (status != CVL_OK)
        clear(out);
    return status;
}

static enum cvl_status execute(const struct peers_onednn *onednn, const struct convolution *part,
                               struct cvl_error *err)
{
    dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, part->source},
                              {DNNL_ARG_WEIGHTS, part->weights},
                              {DNNL_ARG_DST, part->target}};
    return judge(dnnl_primitive_execute(part->primitive, onednn->stream, 3, args), "execution",
                 err);
}

/* Shortest of a few executions, the first thrown away. */
static double try_part(const struct peers_onednn *onednn, const struct convolution *part)
{
    double best_s = INFINITY;
    for (int i = 0; i < 6; i++) {
        double begin = cvl_host_now();
        if (execute(onednn, part, NULL) != CVL_OK || dnnl_stream_wait(onednn->stream))
            return INFINITY;
        double spent_s = cvl_host_now() - begin;
        if (i > 0 && spent_s < best_s)
            best_s = spent_s;
    }
    return best_s;
}

/* oneDNN's choice weighs Winograd too; its direct one may still be faster. */
static enum cvl_status make_best(const struct peers_onednn *onednn, const struct operands *on,
                                 struct convolution *out, struct cvl_error *err)
{
    struct convolution direct;
    enum cvl_status status = make(onednn, on, dnnl_convolution_auto, out, err);
    if (status != CVL_OK)
        return make(onednn, on, dnnl_convolution_direct, out, err);
    if (make(onednn, on, dnnl_convolution_direct, &direct, NULL) != CVL_OK)
        return CVL_OK;
    struct convolution *worse = try_part(onednn, &direct) < try_part(onednn, out) ? out : &direct;
    struct convolution better = worse == out ? direct : *out;
    clear(worse);
    *out = better;
    return CVL_OK;
}

static enum cvl_status make_parts(struct peers_onednn *onednn, const struct cvl_tensors *tensors,
                                  struct cvl_error *err)
{
    const struct cvl_problem *p = &tensors->problem;
    struct operands on = {.problem = *p, .input = tensors->input, .weights = tensors->weights};
    bool is_separable = p->form == CVL_SEPARABLE;
    if (is_separable) {
        on.problem = cvl_problem_part(p, CVL_DEPTHWISE);
        on.weights = tensors->weights_dw;
    }
    enum cvl_status status = make_best(onednn, &on, &onednn->parts[0], err);
    onednn->count = 1;
    if (status != CVL_OK || !is_separable)
        return status;
    on.problem = cvl_problem_part(p, CVL_POINTWISE);
    on.weights = tensors->weights_pw;
    on.source = onednn->parts[0].target;
    onednn->count = 2;
    return make_best(onednn, &on, &onednn->parts[1], err);
}

enum cvl_status peers_onednn_create(const struct cvl_tensors *tensors, struct peers_onednn **out,
                                    struct cvl_error *err)
{
    struct peers_onednn *onednn = calloc(1, sizeof *onednn);
    if (!onednn)
        return cvl_fail(err, CVL_NO_MEMORY, "oneDNN: no memory");
    enum cvl_status status =
        judge(dnnl_engine_create(&onednn->engine, dnnl_cpu, 0), "CPU engine", err);
    if (status == CVL_OK)
        status =
            judge(dnnl_stream_create(&onednn->stream, onednn->engine, dnnl_stream_default_flags),
                  "stream", err);
    if (status == CVL_OK)
        status = make_parts(onednn, tensors, err);
    if (status != CVL_OK) {
        peers_onednn_destroy(&onednn);
        return status;
    }
    (void)snprintf(onednn->name, sizeof onednn->name, "%s%s%s", onednn->parts[0].name,
                   onednn->count > 1 ? " + " : "", onednn->parts[1].name);
    *out = onednn;
    return CVL_OK;
}

void peers_onednn_destroy(struct peers_onednn **onednn)
{
    if (!onednn || !*onednn)
        return;
    for (uint32_t i = (*onednn)->count; i-- > 0;)
        clear(&(*onednn)->parts[i]);
    if ((*onednn)->stream)
        (void)dnnl_stream_destroy((*onednn)->stream);
    if ((*onednn)->engine)
        (void)dnnl_engine_destroy((*onednn)->engine);
    free(*onednn);
    *onednn = NULL;
}

enum cvl_status peers_onednn_sample(struct peers_onednn *onednn, double *seconds,
                                    struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    double begin = cvl_host_now();
    for (uint32_t i = 0; i < onednn->count && status == CVL_OK; i++)
        status = execute(onednn, &onednn->parts[i], err);
    if (status == CVL_OK)
        status = judge(dnnl_stream_wait(onednn->stream), "execution", err);
    *seconds = cvl_host_now() - begin;
    return status;
}

const float *peers_onednn_output(const struct peers_onednn *onednn)
{
    void *data = NULL;
    (void)dnnl_memory_get_data_handle(onednn->parts[onednn->count - 1].target, &data);
    return data;
}

const char *peers_onednn_name(const struct peers_onednn *onednn)
{
    return onednn->name;
}

#include "groups.h"

#include <stdio.h>
#include <stdlib.h>

#include <convlens/sweep.h>

static const struct peers_group groups[] = {
    {
        .name = "separable",
        .summary = "depthwise + pointwise: our best separable variant against oneDNN's two calls",
        .sources = {{"mobilenet_v1", PEERS_SEPARABLE}, {"mobilenet_v2_separable", PEERS_SEPARABLE}},
        .ours = {"ours", CVL_NHWC, "*", ""},
    },
    {
        .name = "standard",
        .summary = "3x3: our best variant against oneDNN's choice",
        .sources = {{"resnet50", PEERS_STANDARD_3X3}, {"vgg16", PEERS_STANDARD_3X3}},
        .ours = {"ours", CVL_NHWC, "*", ""},
    },
    {
        .name = "standard_plain",
        .summary = "3x3: our best variant that is not Winograd's against oneDNN's choice",
        .sources = {{"resnet50", PEERS_STANDARD_3X3}, {"vgg16", PEERS_STANDARD_3X3}},
        .ours = {"ours", CVL_NHWC, "*", "winograd*"},
    },
    {
        .name = "pointwise",
        .summary = "1x1: our best variant against oneDNN",
        .sources = {{"resnet50", PEERS_POINTWISE},
                    {"mobilenet_v1", PEERS_POINTWISE | PEERS_POINTWISE_PART}},
        .ours = {"ours", CVL_NHWC, "*", ""},
    },
    {
        .name = "depthwise",
        .summary = "3x3 depthwise: our best variant against oneDNN",
        .sources = {{"mobilenet_v1", PEERS_DEPTHWISE_PART}},
        .ours = {"ours", CVL_NHWC, "*", ""},
    },
    {
        .name = "stem",
        .summary = "7x7, stride 2, 3 channels: our best variant against oneDNN",
        .sources = {{"resnet50", PEERS_STEM_7X7}},
        .ours = {"ours", CVL_NHWC, "*", ""},
    },
    {
        .name = "nchw",
        .summary = "all of the above: our best NCHW variant against our best NHWC variant",
        .sources = {{"mobilenet_v1", PEERS_SEPARABLE | PEERS_DEPTHWISE_PART | PEERS_POINTWISE |
                                         PEERS_POINTWISE_PART},
                    {"mobilenet_v2_separable", PEERS_SEPARABLE},
                    {"resnet50", PEERS_STANDARD_3X3 | PEERS_POINTWISE | PEERS_STEM_7X7},
                    {"vgg16", PEERS_STANDARD_3X3}},
        .ours = {"NCHW", CVL_NCHW, "*", ""},
        .against = {"NHWC", CVL_NHWC, "*", ""},
    },
    {
        .name = "clblast",
        .summary = "1x1: our kernel against CLBlast's GEMM, as it is shipped or with --tuning",
        .sources = {{"resnet50", PEERS_POINTWISE},
                    {"mobilenet_v1", PEERS_POINTWISE | PEERS_POINTWISE_PART}},
        .ours = {"ours", CVL_NHWC, "pw_direct", ""},
        .against = {"CLBlast", CVL_NHWC, "pw_gemm", ""},
    },
};

const struct peers_group *peers_group_at(size_t index)
{
    return index < sizeof groups / sizeof groups[0] ? &groups[index] : NULL;
}

enum cvl_status peers_layers_add(struct peers_layers *layers, const struct cvl_problem *problem,
                                 struct cvl_error *err)
{
    for (size_t i = 0; i < layers->count; i++)
        if (cvl_problem_equal(&layers->problems[i], problem))
            return CVL_OK;
    struct cvl_problem *problems =
        realloc(layers->problems, (layers->count + 1) * sizeof *problems);
    if (!problems)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the layers");
    problems[layers->count++] = *problem;
    layers->problems = problems;
    return CVL_OK;
}

static bool is_standard(const struct cvl_problem *p, int32_t window)
{
    return p->form == CVL_STANDARD && p->kh == window && p->kw == window;
}

static struct cvl_problem take_half(const struct cvl_problem *p, enum cvl_form form)
{
    struct cvl_problem half = cvl_problem_part(p, form);
    (void)snprintf(half.name, sizeof half.name, "%.*s/%s", (int)sizeof half.name - 4, p->name,
                   form == CVL_DEPTHWISE ? "dw" : "pw");
    return half;
}

/* Does the problem have that part? If so it is in `out`. */
static bool take(enum peers_part part, const struct cvl_problem *p, struct cvl_problem *out)
{
    *out = *p;
    switch (part) {
    case PEERS_SEPARABLE:
        return p->form == CVL_SEPARABLE;
    case PEERS_DEPTHWISE_PART:
    case PEERS_POINTWISE_PART:
        if (p->form != CVL_SEPARABLE)
            return false;
        *out = take_half(p, part == PEERS_DEPTHWISE_PART ? CVL_DEPTHWISE : CVL_POINTWISE);
        return true;
    case PEERS_POINTWISE:
        return p->form == CVL_POINTWISE;
    case PEERS_STANDARD_3X3:
        return is_standard(p, 3);
    case PEERS_STEM_7X7:
        return is_standard(p, 7);
    default:
        return false;
    }
}

static enum cvl_status add_source(const struct peers_source *source, const char *folder,
                                  struct peers_layers *layers, struct cvl_error *err)
{
    char path[4096];
    struct cvl_sweep sweep = {0};
    (void)snprintf(path, sizeof path, "%s/%s.ini", folder, source->sweep);
    enum cvl_status status = cvl_sweep_read(path, &sweep, err);
    for (unsigned part = 1; part < PEERS_PARTS_END; part <<= 1)
        for (size_t i = 0; i < sweep.item_count && status == CVL_OK; i++) {
            struct cvl_problem problem;
            if ((source->parts & part) &&
                take((enum peers_part)part, &sweep.items[i].problem, &problem))
                status = peers_layers_add(layers, &problem, err);
        }
    cvl_sweep_clear(&sweep);
    return status;
}

enum cvl_status peers_layers_read(const struct peers_group *group, const char *folder,
                                  struct peers_layers *out, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    *out = (struct peers_layers){0};
    for (size_t i = 0; i < PEERS_SOURCES && group->sources[i].sweep && status == CVL_OK; i++)
        status = add_source(&group->sources[i], folder, out, err);
    if (status != CVL_OK)
        peers_layers_clear(out);
    return status;
}

void peers_layers_clear(struct peers_layers *layers)
{
    free(layers->problems);
    *layers = (struct peers_layers){0};
}

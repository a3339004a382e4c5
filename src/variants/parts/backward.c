/* Plans the stages of a convolution's backward pass. */
#include "variants/parts/backward.h"

#include "variants/parts/pack.h"

/* Work-groups that keep a whole device busy; chunks of rows shrink to reach this many. */
enum { GROUPS_CPU = 64, GROUPS_OTHERS = 1024 };

/* Max output pixels that a work-item sums: well below any driver's loop limit. */
enum { PIXELS_SUMMED = 16384 };

/* Register tiles of a size that PoCL 3.1 keeps in registers. */
struct tiles {
    int32_t vec, vectors, depth; /* depth: pixels or output channels */
    uint64_t blocks;             /* of a group's input channels */
    uint64_t items;              /* work-items per work-group, along the blocks */
};

uint32_t cvl_backward_find(const struct cvl_builder *builder, enum cvl_content content,
                           enum cvl_filter filter)
{
    for (uint32_t i = 0; i < builder->plan->buffer_count; i++)
        if (builder->plan->buffers[i].content == content &&
            builder->plan->buffers[i].filter == filter)
            return i;
    return 0; /* adding the buffer failed; the builder keeps the error */
}

static struct tiles tile_channels(const struct cvl_builder *builder, int32_t channels, bool deep)
{
    const struct cvl_tile_class kind = cvl_tile_class(builder->device);
    struct tiles tiles = {.vec = cvl_tile_width(kind.vec, (uint64_t)channels), .vectors = 1};
    if (deep && kind.keeps_all && channels > tiles.vec)
        tiles.vectors = 2;
    tiles.depth = deep ? kind.registers / tiles.vectors : 1;
    tiles.blocks = cvl_build_blocks((uint64_t)channels, (uint64_t)(tiles.vec * tiles.vectors));
    tiles.items = (uint64_t)cvl_tile_width(kind.items, tiles.blocks);
    return tiles;
}

static void begin_stage(struct cvl_builder *builder, const struct cvl_trained *trained,
                        const char *what, const char *source, const char *algo)
{
    cvl_build_kernel(builder, cvl_trained_name(trained, what).text, source, algo, NULL);
    cvl_build_window(builder, &trained->problem);
}

static void tile_options(struct cvl_builder *builder, const struct tiles *tiles, int32_t channels,
                         const char *depth)
{
    cvl_build_option(builder, "VEC", tiles->vec);
    cvl_build_option(builder, "FEW_CHANNELS", channels < tiles->vec * tiles->vectors);
    if (!depth)
        return;
    cvl_build_option(builder, "VECTORS", tiles->vectors);
    cvl_build_option(builder, depth, tiles->depth);
}

/* Adjacent channels in turned weights: those of a work-item, if they divide a group's channels
 * evenly. */
static int32_t turned_width(const struct cvl_problem *p, const struct tiles *tiles)
{
    const int32_t inputs = p->ic / p->g, block = tiles->vec * tiles->vectors;
    return p->kh * p->kw > 1 && inputs % block == 0 ? block : inputs;
}

/* The stage that turns weights just begun, of a problem with several taps. */
static void fill_turn(struct cvl_builder *builder, const struct cvl_problem *p, uint32_t weights,
                      uint32_t turned, int32_t width)
{
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    const uint64_t rows = (uint64_t)p->oc * (uint64_t)(p->ic / p->g);
    const int32_t items = cvl_tile_fitting_group(builder->device, 64);
    cvl_build_whole(builder, weights);
    cvl_build_whole(builder, turned);
    cvl_build_ints(builder,
                   (const int32_t[]){p->ic / p->g, p->oc, p->oc / p->g, (int32_t)taps, width}, 5);
    cvl_build_range(builder, (struct cvl_span){rows, (uint64_t)items}, (struct cvl_span){taps, 1},
                    (struct cvl_span){1, 1});
}

/* Turns the weights: for each tap, outputs x inputs. With a single tap they already have this order
 * and are read unchanged. */
static uint32_t turn_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                             int32_t width)
{
    const struct cvl_problem *p = &trained->problem;
    const uint32_t weights = cvl_backward_find(builder, CVL_CONTENT_WEIGHTS, trained->weights);
    if (p->kh * p->kw == 1)
        return weights;
    const uint32_t turned =
        cvl_build_buffer(builder, cvl_trained_name(trained, "turned").text, CVL_WORKSPACE,
                         CVL_CONTENT_NONE, cvl_problem_sizes(p).weights_elements);
    cvl_build_kernel(builder, cvl_trained_name(trained, "turn").text, "backward.cl", "turn",
                     "weights");
    fill_turn(builder, p, weights, turned, width);
    return turned;
}

static void dense_sizes(struct cvl_builder *builder, const struct cvl_problem *p)
{
    cvl_build_ints(builder,
                   (const int32_t[]){p->ic, p->ic / p->g, p->ih, p->iw, p->oc, p->oc / p->g, p->oh,
                                     p->ow, p->ph, p->pw},
                   10);
}

static void depthwise_sizes(struct cvl_builder *builder, const struct cvl_problem *p)
{
    cvl_build_ints(builder, (const int32_t[]){p->ic, p->ih, p->iw, p->oh, p->ow, p->ph, p->pw}, 7);
}

/* What the gradient of an input is computed from and with. */
struct data {
    const struct cvl_problem *p;
    struct tiles tiles;
    int32_t width;
    uint32_t gradient, turned, target;
};

/* The stage just begun. */
static void fill_data(struct cvl_builder *builder, const struct data *data)
{
    const struct cvl_problem *p = data->p;
    const struct tiles tiles = data->tiles;
    const uint64_t columns = cvl_build_blocks((uint64_t)p->iw, (uint64_t)p->sw);
    const uint64_t runs = cvl_build_blocks(columns, (uint64_t)tiles.depth);
    cvl_build_window(builder, p);
    tile_options(builder, &tiles, p->ic / p->g, "PIXELS");
    cvl_build_whole(builder, data->gradient);
    cvl_build_whole(builder, data->turned);
    cvl_build_whole(builder, data->target);
    dense_sizes(builder, p);
    cvl_build_int(builder, p->g);
    cvl_build_int(builder, (int64_t)runs);
    cvl_build_int(builder, data->width);
    cvl_build_range(builder, (struct cvl_span){tiles.blocks, tiles.items},
                    (struct cvl_span){runs * (uint64_t)p->sw, 1},
                    (struct cvl_span){(uint64_t)p->mb * (uint64_t)p->ih * (uint64_t)p->g, 1});
    cvl_build_cost(builder, cvl_problem_sizes(p).macs);
    cvl_build_limits(builder, (uint64_t)p->kh * (uint64_t)p->kw * (1 + (uint64_t)(p->oc / p->g)),
                     0);
}

static void dense_data(struct cvl_builder *builder, const struct cvl_trained *trained,
                       uint32_t gradient, uint32_t target)
{
    const struct cvl_problem *p = &trained->problem;
    struct data data = {.p = p, .gradient = gradient, .target = target};
    data.tiles = tile_channels(builder, p->ic / p->g, true);
    data.width = turned_width(p, &data.tiles);
    data.turned = turn_weights(builder, trained, data.width);
    cvl_build_kernel(builder, cvl_trained_name(trained, "back_data").text, "backward.cl",
                     "backward_data", NULL);
    fill_data(builder, &data);
}

void cvl_backward_gather(struct cvl_builder *builder, const struct cvl_problem *mirror,
                         uint32_t input, uint32_t output)
{
    struct data data = {.p = mirror, .gradient = input, .target = output};
    const uint64_t elements = cvl_problem_sizes(mirror).weights_elements;
    data.tiles = tile_channels(builder, mirror->ic / mirror->g, true);
    data.width = turned_width(mirror, &data.tiles);
    data.turned = cvl_raw_weights(builder, mirror, CVL_FILTER_ALL);
    if (mirror->kh * mirror->kw > 1) {
        const uint32_t raw = data.turned;
        data.turned = cvl_build_buffer(builder, "packed", CVL_WEIGHTS, CVL_CONTENT_NONE, elements);
        cvl_build_kernel(builder, "pack", "backward.cl", "turn", "weights");
        cvl_build_at_load(builder);
        fill_turn(builder, mirror, raw, data.turned, data.width);
    }
    cvl_build_kernel(builder, "gather", "backward.cl", "backward_data", "nhwc");
    fill_data(builder, &data);
}

static void depthwise_data(struct cvl_builder *builder, const struct cvl_trained *trained,
                           uint32_t gradient, uint32_t target)
{
    const struct cvl_problem *p = &trained->problem;
    const struct tiles tiles = tile_channels(builder, p->ic, false);
    const int32_t width = tiles.items > 1 ? 1 : p->iw; /* parallel items are busy enough */
    begin_stage(builder, trained, "back_data", "dw_backward.cl", "dw_backward_data");
    tile_options(builder, &tiles, p->ic, NULL);
    cvl_build_whole(builder, gradient);
    cvl_build_whole(builder, trained->turned);
    cvl_build_whole(builder, target);
    depthwise_sizes(builder, p);
    cvl_build_int(builder, width);
    cvl_build_range(builder, (struct cvl_span){tiles.blocks, tiles.items},
                    (struct cvl_span){cvl_build_blocks((uint64_t)p->iw, (uint64_t)width), 1},
                    (struct cvl_span){(uint64_t)p->mb * (uint64_t)p->ih, 1});
    cvl_build_cost(builder, cvl_problem_sizes(p).macs);
    cvl_build_limits(builder, (uint64_t)width * (1 + (uint64_t)p->kh * (uint64_t)(1 + p->kw)), 0);
}

void cvl_backward_data(struct cvl_builder *builder, const struct cvl_trained *trained,
                       uint32_t gradient, uint32_t target)
{
    if (trained->is_depthwise)
        depthwise_data(builder, trained, gradient, target);
    else
        dense_data(builder, trained, gradient, target);
}

/* Output rows per work-item, given that `groups` work-groups would do if each took all rows. */
static uint64_t chunk_rows(const struct cvl_builder *builder, const struct cvl_problem *p,
                           uint64_t groups)
{
    const uint64_t wanted = builder->device->type == CVL_DEVICE_CPU ? GROUPS_CPU : GROUPS_OTHERS;
    const uint64_t lines = (uint64_t)p->mb * (uint64_t)p->oh;
    const uint64_t max_rows = PIXELS_SUMMED > p->ow ? PIXELS_SUMMED / (uint64_t)p->ow : 1;
    const uint64_t rows = cvl_build_blocks(lines, cvl_build_blocks(wanted, groups));
    return rows < max_rows ? rows : max_rows;
}

/* The chunks of rows, and the buffer of their sums. */
struct chunks {
    uint64_t rows, count;
    uint32_t sums;
};

static struct chunks begin_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                                   uint64_t groups)
{
    const struct cvl_problem *p = &trained->problem;
    struct chunks chunks = {.rows = chunk_rows(builder, p, groups)};
    chunks.count = cvl_build_blocks((uint64_t)p->mb * (uint64_t)p->oh, chunks.rows);
    chunks.sums =
        cvl_build_buffer(builder, cvl_trained_name(trained, "sums").text, CVL_WORKSPACE,
                         CVL_CONTENT_NONE, chunks.count * cvl_problem_sizes(p).weights_elements);
    return chunks;
}

static void end_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                        const struct chunks *chunks, uint32_t target)
{
    const struct cvl_problem *p = &trained->problem;
    const uint64_t taps = (uint64_t)p->kh * (uint64_t)p->kw;
    const uint64_t rows = (uint64_t)p->oc * (uint64_t)(p->ic / p->g);
    const int32_t items = cvl_tile_fitting_group(builder->device, 64);
    cvl_build_limits(builder, chunks->rows * (1 + (uint64_t)p->ow), 0);
    cvl_build_cost(builder, cvl_problem_sizes(p).macs);
    cvl_build_kernel(builder, cvl_trained_name(trained, "add_up").text, "backward.cl", "gradients",
                     "finish");
    cvl_build_whole(builder, chunks->sums);
    cvl_build_whole(builder, target);
    cvl_build_int(builder, (int64_t)rows);
    cvl_build_int(builder, (int64_t)taps);
    cvl_build_int(builder, (int64_t)chunks->count);
    cvl_build_range(builder, (struct cvl_span){rows, (uint64_t)items}, (struct cvl_span){taps, 1},
                    (struct cvl_span){1, 1});
    cvl_build_limits(builder, chunks->count, 0);
}

static void dense_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                          uint32_t gradient, uint32_t target)
{
    const struct cvl_problem *p = &trained->problem;
    const struct tiles tiles = tile_channels(builder, p->ic / p->g, true);
    const uint64_t blocks = cvl_build_blocks((uint64_t)(p->oc / p->g), (uint64_t)tiles.depth);
    const uint64_t parts = (uint64_t)p->kh * (uint64_t)p->kw * blocks * (uint64_t)p->g;
    const struct chunks chunks = begin_weights(builder, trained, parts * tiles.blocks);
    begin_stage(builder, trained, "back_weights", "backward.cl", "backward_weights");
    tile_options(builder, &tiles, p->ic / p->g, "OUTPUTS");
    cvl_build_whole(builder, trained->input);
    cvl_build_whole(builder, gradient);
    cvl_build_whole(builder, chunks.sums);
    dense_sizes(builder, p);
    cvl_build_int(builder, (int64_t)blocks);
    cvl_build_int(builder, (int64_t)chunks.rows);
    cvl_build_int(builder, (int64_t)p->mb * p->oh);
    cvl_build_range(builder, (struct cvl_span){tiles.blocks, tiles.items},
                    (struct cvl_span){parts, 1}, (struct cvl_span){chunks.count, 1});
    end_weights(builder, trained, &chunks, target);
}

static void depthwise_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                              uint32_t gradient, uint32_t target)
{
    const struct cvl_problem *p = &trained->problem;
    const struct tiles tiles = tile_channels(builder, p->ic, false);
    const struct chunks chunks = begin_weights(builder, trained, tiles.blocks * (uint64_t)p->kh);
    begin_stage(builder, trained, "back_weights", "dw_backward.cl", "dw_backward_weights");
    tile_options(builder, &tiles, p->ic, NULL);
    cvl_build_whole(builder, trained->input);
    cvl_build_whole(builder, gradient);
    cvl_build_whole(builder, chunks.sums);
    depthwise_sizes(builder, p);
    cvl_build_int(builder, (int64_t)chunks.rows);
    cvl_build_int(builder, (int64_t)p->mb * p->oh);
    cvl_build_range(builder, (struct cvl_span){tiles.blocks, tiles.items},
                    (struct cvl_span){(uint64_t)p->kh, 1}, (struct cvl_span){chunks.count, 1});
    end_weights(builder, trained, &chunks, target);
}

void cvl_backward_weights(struct cvl_builder *builder, const struct cvl_trained *trained,
                          uint32_t gradient, uint32_t target)
{
    if (trained->is_depthwise)
        depthwise_weights(builder, trained, gradient, target);
    else
        dense_weights(builder, trained, gradient, target);
}

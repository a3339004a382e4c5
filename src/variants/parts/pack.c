/* Plans the packing of weights at load time. */
#include "variants/parts/pack.h"

/* The names of the weights' buffers and of their stage. */
struct names {
    const char *raw, *packed, *stage;
};

static struct names names_of(enum cvl_filter filter)
{
    if (filter == CVL_FILTER_EX)
        return (struct names){"weights_ex", "packed_ex", "pack_ex"};
    if (filter == CVL_FILTER_DW)
        return (struct names){"weights_dw", "packed_dw", "pack_dw"};
    if (filter == CVL_FILTER_PW)
        return (struct names){"weights_pw", "packed_pw", "pack_pw"};
    return (struct names){"weights", "packed", "pack"};
}

static uint32_t add_raw(struct cvl_builder *builder, enum cvl_filter filter, uint64_t elements)
{
    return cvl_build_filter(builder, names_of(filter).raw, CVL_WEIGHTS, CVL_CONTENT_WEIGHTS, filter,
                            elements);
}

uint32_t cvl_raw_weights(struct cvl_builder *builder, const struct cvl_problem *problem,
                         enum cvl_filter filter)
{
    return add_raw(builder, filter, cvl_problem_sizes(problem).weights_elements);
}

/* @param raw,packed elements of either */
static uint32_t begin_pack(struct cvl_builder *builder, enum cvl_filter filter, uint64_t raw,
                           uint64_t packed, const char *suffix)
{
    const uint32_t from = add_raw(builder, filter, raw);
    /* training changes the weights in each step, so each step packs them again */
    const bool packs_once = builder->request->passes == CVL_FORWARD;
    const uint32_t to =
        cvl_build_buffer(builder, names_of(filter).packed, packs_once ? CVL_WEIGHTS : CVL_WORKSPACE,
                         CVL_CONTENT_NONE, packed);
    cvl_build_kernel(builder, names_of(filter).stage, "pack.cl", "pack", suffix);
    if (packs_once)
        cvl_build_at_load(builder);
    cvl_build_whole(builder, from);
    cvl_build_whole(builder, to);
    return to;
}

/* Groups of up to 16 channels, so that the cost of starting groups does not dominate. */
static struct cvl_span channel_span(const struct cvl_builder *builder, uint64_t channels)
{
    const int32_t max_items = cvl_tile_fitting_group(builder->device, 16);
    return (struct cvl_span){channels, (uint64_t)cvl_tile_width(max_items, channels)};
}

/* `merged` groups of the weights are one of the problem's. */
static uint32_t pack_blocks(struct cvl_builder *builder, const struct cvl_problem *problem,
                            enum cvl_filter filter, int32_t merged, int32_t block, int32_t padded)
{
    const int32_t icg = problem->ic / problem->g, ocg = problem->oc / problem->g;
    const uint64_t taps = (uint64_t)problem->kh * (uint64_t)problem->kw;
    const uint64_t length = (uint64_t)icg * taps;
    const uint64_t columns = (uint64_t)problem->g * (uint64_t)padded;
    const uint64_t raw = cvl_problem_sizes(problem).weights_elements / (uint64_t)merged;
    /* columns and length each fit in 32 bits: cvl_variant_plan has checked */
    const uint32_t packed = begin_pack(builder, filter, raw, columns * length, "blocks");
    cvl_build_ints(builder, (const int32_t[]){icg, ocg, padded, block}, 4);
    cvl_build_int(builder, (int64_t)taps);
    cvl_build_int(builder, merged);
    cvl_build_range(builder, channel_span(builder, (uint64_t)padded), (struct cvl_span){length, 1},
                    (struct cvl_span){(uint64_t)problem->g, 1});
    return packed;
}

uint32_t cvl_pack_blocks(struct cvl_builder *builder, const struct cvl_problem *problem,
                         enum cvl_filter filter, int32_t block, int32_t padded)
{
    return pack_blocks(builder, problem, filter, 1, block, padded);
}

uint32_t cvl_pack_merged(struct cvl_builder *builder, const struct cvl_problem *problem,
                         int32_t merged, int32_t block, int32_t padded)
{
    return pack_blocks(builder, problem, CVL_FILTER_ALL, merged, block, padded);
}

uint32_t cvl_pack_taps(struct cvl_builder *builder, const struct cvl_problem *problem,
                       enum cvl_filter filter)
{
    const uint64_t taps = (uint64_t)problem->kh * (uint64_t)problem->kw;
    const uint32_t packed = begin_pack(builder, filter, cvl_problem_sizes(problem).weights_elements,
                                       (uint64_t)problem->ic * taps, "taps");
    cvl_build_int(builder, problem->ic);
    cvl_build_int(builder, (int64_t)taps);
    cvl_build_range(builder, channel_span(builder, (uint64_t)problem->ic),
                    (struct cvl_span){taps, 1}, (struct cvl_span){1, 1});
    return packed;
}

/* Sizes of the input rows that a group copies into local memory. */
#include "variants/parts/phases.h"

enum {
    WHOLE = 8, /* elements: phases and margins are multiples of it, so that vectors in them are
                  aligned */
    WIDE_BYTES = 16,
    BATCH = 4, /* pieces that an item copies at a time */
    MAX_ELEMENTS = 1 << 20
};

static int64_t divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Which places, of those that a stride leaves between windows, do taps at a dilation reach? */
static bool reaches_all(int32_t taps, int32_t stride, int64_t dilation)
{
    return divisor(stride, dilation) == 1 && taps >= stride;
}

bool cvl_phases_fill(const struct cvl_problem *problem)
{
    return reaches_all(problem->kh, problem->sh, (int64_t)problem->dh + 1) &&
           reaches_all(problem->kw, problem->sw, (int64_t)problem->dw + 1);
}

int64_t cvl_phases_lines(int64_t count, int64_t width, int64_t height)
{
    int64_t lines = (count + width - 2) / width + 1;
    if (count % width == 0)
        lines = count / width;
    if (width % count == 0)
        lines = 1;
    return lines < height ? lines : height;
}

int64_t cvl_phases_rows(const struct cvl_problem *problem, int64_t lines)
{
    return (lines - 1) * problem->sh + (int64_t)(problem->kh - 1) * ((int64_t)problem->dh + 1) + 1;
}

static int64_t blocks(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

/* The largest piece that divides rows of `width` elements and that copies can take. */
static int32_t wide_of(enum cvl_dtype dtype, int32_t width, int32_t along)
{
    int32_t wide = along == 1 ? WIDE_BYTES / (int32_t)cvl_dtype_bytes(dtype) : along == 2 ? 2 : 1;
    while (width % wide != 0)
        wide /= 2;
    return wide;
}

/* Elements beyond the ends of a row that the windows read there. */
static int64_t margin_of(const struct cvl_problem *problem)
{
    const int64_t pitch = blocks(problem->iw, problem->sw);
    const int64_t before = blocks(problem->pw, problem->sw);
    const int64_t last = (int64_t)(problem->kw - 1) * ((int64_t)problem->dw + 1) - problem->pw;
    const int64_t after = problem->ow + (last > 0 ? last / problem->sw : 0) - pitch;
    return before > after ? before : after;
}

static int32_t whole(int64_t elements)
{
    return (int32_t)(blocks(elements, WHOLE) * WHOLE);
}

/* Are rows of `width` few, and no more elements than loads of all taps would move, of `each`? */
static bool is_less(int64_t rows, int64_t width, const struct cvl_problem *problem, int64_t each)
{
    return rows <= MAX_ELEMENTS && width <= MAX_ELEMENTS && rows * width <= MAX_ELEMENTS &&
           blocks(rows * width, (int64_t)problem->kh * problem->kw) <= each;
}

struct cvl_phases cvl_phases_of_planes(const struct cvl_request *request,
                                       const struct cvl_problem *problem, int64_t rows,
                                       int64_t pixels, int32_t planes)
{
    struct cvl_phases phases = {.down = problem->sh, .along = problem->sw, .planes = planes};
    const int64_t pitch = blocks(problem->iw, problem->sw), margin = margin_of(problem);
    if (!is_less(rows, problem->iw, problem, pixels * problem->sw) || margin > MAX_ELEMENTS)
        return phases;
    phases.elements = whole(blocks(rows, problem->sh) * pitch);
    phases.wide = wide_of(request->dtype, problem->iw, problem->sw);
    phases.margin = whole(margin);
    return phases;
}

struct cvl_phases cvl_phases_of_pixels(const struct cvl_request *request,
                                       const struct cvl_problem *problem, int64_t rows,
                                       int64_t pixels)
{
    struct cvl_phases phases = {.down = 1, .along = 1, .planes = 1};
    const int64_t width = (int64_t)problem->iw * problem->ic;
    if (!is_less(rows, width, problem, pixels * problem->ic))
        return phases;
    phases.elements = whole(rows * width);
    phases.wide = wide_of(request->dtype, (int32_t)width, 1);
    return phases;
}

/* Elements of all planes together. */
static uint64_t elements_of(const struct cvl_phases *phases)
{
    return (uint64_t)phases->planes * (uint64_t)phases->down * (uint64_t)phases->along *
           (uint64_t)phases->elements;
}

uint64_t cvl_phases_bytes(const struct cvl_phases *phases, enum cvl_dtype dtype)
{
    return phases->elements
               ? (elements_of(phases) + 2 * (uint64_t)phases->margin) * cvl_dtype_bytes(dtype)
               : 0;
}

/* A batch has a turn, and two loops of constant length. */
uint64_t cvl_phases_iterations(const struct cvl_phases *phases, int32_t items)
{
    if (!phases->elements)
        return 0;
    const uint64_t pieces =
        elements_of(phases) / (uint64_t)phases->wide + (uint64_t)phases->planes * 2 * WIDE_BYTES;
    return cvl_build_blocks(pieces, BATCH * (uint64_t)items) * (1 + 2 * BATCH);
}

void cvl_phases_options(struct cvl_builder *builder, const struct cvl_phases *phases,
                        const struct cvl_problem *problem)
{
    if (!phases->elements)
        return;
    cvl_build_option(builder, "PHASE", phases->elements);
    cvl_build_option(builder, "PHASE_WIDE", phases->wide);
    if (phases->planes > 1)
        cvl_build_option(builder, "PHASE_PLANES", phases->planes);
    if (phases->margin)
        cvl_build_option(builder, "PHASE_MARGIN", phases->margin);
    if (phases->down != problem->sh)
        cvl_build_option(builder, "PHASES_Y", phases->down);
    if (phases->along != problem->sw)
        cvl_build_option(builder, "PHASES_X", phases->along);
}

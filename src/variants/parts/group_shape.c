/* Registers, local memory and chunks of groups that share the operands of a product. */
#include "variants/parts/group_shape.h"

#include "variants/parts/half.h"

enum {
    MIN_CHUNK = 4,  /* rows */
    ROWS_CHUNK = 8, /* the same beside copied input rows, with registers for large tiles */
    MAX_CHUNK = 16
};

uint64_t cvl_group_run(const struct cvl_product *product)
{
    return (uint64_t)product->inputs * (product->spans_taps ? product->taps : 1);
}

/* Floats of a row of both tiles of a group. */
static int32_t side_of(const struct cvl_group_shape *shape)
{
    return shape->pixels * shape->pixel_items + shape->channels * shape->channel_items;
}

/* Can a unit hold a large group of items with 64 outputs each? */
static bool has_registers(const struct cvl_device_facts *device)
{
    return device->local_is_dedicated &&
           device->registers >= CVL_GROUP_MAX_ITEMS * CVL_GROUP_ITEM_REGISTERS;
}

/* Is the input copied element by element? */
static bool copies_elements(const struct cvl_group_task *task)
{
    return task->request->layout == CVL_NHWC ? task->product->inputs % 4 != 0
                                             : task->product->taps > 1;
}

/* Are there too few registers for what is on its way? Elements that are each from a tap of its own
 * have addresses of their own; halves in pieces of less than a load take as much as floats. */
static bool is_crowded(const struct cvl_group_task *task)
{
    const struct cvl_product *product = task->product;
    const bool own_taps =
        copies_elements(task) && product->spans_taps && product->inputs % MAX_CHUNK != 0;
    const bool short_pieces = task->request->dtype == CVL_F16 &&
                              task->request->layout == CVL_NHWC && product->inputs % 8 != 0;
    return (own_taps || short_pieces) && !has_registers(task->device);
}

int32_t cvl_group_max_outputs(const struct cvl_group_task *task)
{
    if (has_registers(task->device))
        return 64;
    const bool has_more = task->device->local_is_dedicated && !is_crowded(task) &&
                          !cvl_half_rows(task->request, task->device);
    return has_more ? 32 : 16;
}

bool cvl_group_leaves_out(const struct cvl_group_task *task)
{
    const struct cvl_problem *p = task->product->window;
    if (!p || p->kw == 1 || !cvl_phases_fill(p))
        return false;
    return task->request->layout == CVL_NCHW
               ? p->sw > 1
               : p->g == 1 && p->ic < 4 && task->product->spans_taps &&
                     task->device->local_is_dedicated;
}

struct cvl_phases cvl_group_phases(int32_t pixels, int32_t chunk, const struct cvl_group_task *task)
{
    const struct cvl_problem *p = task->product->window;
    const int32_t inputs = task->product->inputs;
    struct cvl_phases phases = {0};
    if (!cvl_group_leaves_out(task))
        return phases;
    const int64_t rows = cvl_phases_rows(p, cvl_phases_lines(pixels, p->ow, p->oh));
    if (task->request->layout == CVL_NHWC)
        return inputs % chunk == 0 ? phases : cvl_phases_of_pixels(task->request, p, rows, pixels);
    const bool spans = task->product->spans_taps && inputs % chunk != 0;
    phases = cvl_phases_of_planes(task->request, p, rows, pixels, spans ? inputs : chunk);
    phases.margin = 0; /* only what is inside a row is read */
    return phases;
}

uint64_t cvl_group_tile_bytes(const struct cvl_group_shape *shape,
                              const struct cvl_group_task *task, int32_t chunk)
{
    const int32_t weights = shape->channels * shape->channel_items;
    const int32_t padding = task->request->layout == CVL_NCHW ? (4 - weights % 4) % 4 : 16;
    return 8 * (uint64_t)chunk * (uint64_t)(side_of(shape) + padding);
}

bool cvl_group_copies_rows(const struct cvl_group_shape *shape, const struct cvl_group_task *task,
                           int32_t chunk)
{
    const struct cvl_phases phases =
        cvl_group_phases(shape->pixels * shape->pixel_items, chunk, task);
    const uint64_t items = (uint64_t)(shape->pixel_items * shape->channel_items);
    const uint64_t bytes =
        cvl_group_tile_bytes(shape, task, chunk) + cvl_phases_bytes(&phases, task->request->dtype);
    return phases.elements > 0 && bytes <= task->device->local_bytes &&
           bytes * CVL_GROUP_BUSY_ITEMS <= task->device->local_bytes * items;
}

double cvl_group_copies(const struct cvl_group_shape *shape, const struct cvl_group_task *task,
                        int32_t chunk)
{
    return (double)chunk * shape->pixels / shape->channel_items / (copies_elements(task) ? 1 : 4);
}

double cvl_group_max_copies(const struct cvl_group_task *task)
{
    if (has_registers(task->device))
        return 16;
    if (!copies_elements(task))
        return 4;
    return task->request->dtype == CVL_F16 && cvl_group_max_outputs(task) > 16 ? 4 : 8;
}

/* The largest chunk up to `chunk` that leaves room for copied rows; 0: none does, or none are. */
static int32_t chunk_with_rows(const struct cvl_group_shape *shape,
                               const struct cvl_group_task *task, int32_t chunk)
{
    const int32_t min = has_registers(task->device) ? ROWS_CHUNK : MIN_CHUNK;
    while (chunk >= min && cvl_group_leaves_out(task)) {
        if (cvl_group_copies_rows(shape, task, chunk))
            return chunk;
        chunk /= 2;
    }
    return 0;
}

int32_t cvl_group_chunk(const struct cvl_group_shape *shape, const struct cvl_group_task *task)
{
    const bool is_large = side_of(shape) > 192 && task->request->dtype == CVL_F32;
    int32_t chunk = is_large || is_crowded(task) ? 8 : MAX_CHUNK;
    while (chunk > MIN_CHUNK && cvl_group_copies(shape, task, chunk) > cvl_group_max_copies(task))
        chunk /= 2;
    const int32_t rows_chunk = chunk_with_rows(shape, task, chunk);
    chunk = rows_chunk ? rows_chunk : chunk;
    chunk = cvl_tile_width(chunk, cvl_group_run(task->product));
    return chunk < MIN_CHUNK ? MIN_CHUNK : chunk;
}

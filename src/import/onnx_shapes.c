/* Shapes of what ONNX's operators compute (onnx.ai/onnx/operators). What is not known stays so. */
#include <math.h>
#include <string.h>

#include "import/onnx_node.h"

/* A node with what is known of its inputs. Those that are missing are NULL. */
struct call {
    const struct cvl_onnx_node *node;
    const struct cvl_tensor *inputs[CVL_ONNX_EDGES_MAX];
    struct cvl_tensor *output; /* the first one; the others of a split follow */
    struct cvl_tensor *outputs;
};

typedef void infer(struct call *call);

static const struct cvl_tensor *input_of(const struct call *call, int index)
{
    const struct cvl_tensor *input = index < call->node->input_count ? call->inputs[index] : NULL;
    return input && input->is_known ? input : NULL;
}

/* An axis of a tensor, counted from the end if negative; -1: it has none such. */
static int axis_of(int64_t axis, int rank)
{
    axis += axis < 0 ? rank : 0;
    return axis >= 0 && axis < rank ? (int)axis : -1;
}

/* Integers of an attribute, or of an input in newer versions. @return their count, -1: not known */
static int list_of(const struct call *call, const char *attribute, int input,
                   int64_t values[CVL_ONNX_INTS_MAX])
{
    const int count = cvl_onnx_ints(call->node, attribute, values);
    const struct cvl_tensor *tensor = input >= 0 ? input_of(call, input) : NULL;
    if (count >= 0 || !tensor || tensor->data_count == 0)
        return count;
    for (int i = 0; i < tensor->data_count; i++)
        values[i] = (int64_t)fmax(fmin(tensor->data[i], 9e15), -9e15);
    return tensor->data_count;
}

static bool has_input(const struct call *call, int index)
{
    return index < call->node->input_count && call->node->inputs[index].size > 0;
}

/* The same shape as the first input's, and the same numbers. */
static void infer_same(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    if (input)
        *call->output = *input;
}

/* The same shape, other numbers. */
static void infer_map(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    if (input)
        (void)cvl_tensor_set(call->output, input->rank, input->dims);
}

static void infer_cast(struct call *call)
{
    enum { TO_INT32 = 6, TO_INT64 = 7 };
    const int64_t to = cvl_onnx_int(call->node, "to", 0);
    infer_same(call);
    call->output->is_float = to != TO_INT32 && to != TO_INT64;
    if (!call->output->is_float)
        for (int i = 0; i < call->output->data_count; i++)
            call->output->data[i] = trunc(call->output->data[i]);
}

static void infer_floor(struct call *call)
{
    infer_same(call);
    for (int i = 0; i < call->output->data_count; i++)
        call->output->data[i] = floor(call->output->data[i]);
}

static void infer_ceil(struct call *call)
{
    infer_same(call);
    for (int i = 0; i < call->output->data_count; i++)
        call->output->data[i] = ceil(call->output->data[i]);
}

/* Broadcasts a shape to another: sizes of 1 give way. */
static bool broadcast(struct cvl_tensor *to, const struct cvl_tensor *with)
{
    int64_t dims[CVL_TENSOR_RANK_MAX];
    const int rank = to->rank > with->rank ? to->rank : with->rank;
    for (int i = 0; i < rank; i++) {
        const int a = i - (rank - to->rank), b = i - (rank - with->rank);
        const int64_t size_a = a >= 0 ? to->dims[a] : 1, size_b = b >= 0 ? with->dims[b] : 1;
        if (size_a != size_b && size_a != 1 && size_b != 1)
            return false;
        dims[i] = size_a == 1 ? size_b : size_a;
    }
    return cvl_tensor_set(to, rank, dims);
}

/* The shape that all inputs have in common. */
static void infer_broadcast(struct call *call)
{
    struct cvl_tensor shape = {.is_known = true};
    for (int i = 0; i < call->node->input_count; i++) {
        const struct cvl_tensor *input = input_of(call, i);
        if (!input || !broadcast(&shape, input))
            return;
    }
    *call->output = shape;
}

static double compute(char operation, double a, double b, bool is_float)
{
    switch (operation) {
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    default:
        return b == 0 ? 0 : is_float ? a / b : trunc(a / b);
    }
}

/* Numbers too, where both sides are known. */
static void infer_arithmetic(struct call *call, char operation)
{
    infer_broadcast(call);
    const struct cvl_tensor *a = input_of(call, 0), *b = input_of(call, 1);
    const int64_t count = call->output->is_known ? cvl_tensor_elements(call->output) : 0;
    if (!a || !b || a->data_count == 0 || b->data_count == 0 || count > CVL_TENSOR_DATA_MAX ||
        (a->data_count != count && a->data_count != 1) ||
        (b->data_count != count && b->data_count != 1))
        return;
    call->output->is_float = a->is_float || b->is_float;
    for (int i = 0; i < (int)count; i++)
        call->output->data[i] =
            compute(operation, a->data[a->data_count == 1 ? 0 : i],
                    b->data[b->data_count == 1 ? 0 : i], call->output->is_float);
    call->output->data_count = (int)count;
}

static void infer_add(struct call *call)
{
    infer_arithmetic(call, '+');
}

static void infer_sub(struct call *call)
{
    infer_arithmetic(call, '-');
}

static void infer_mul(struct call *call)
{
    infer_arithmetic(call, '*');
}

static void infer_div(struct call *call)
{
    infer_arithmetic(call, '/');
}

/* Sets the output of windows along all axes but the first two. */
static void set_windows(struct call *call, const struct cvl_onnx_window *windows, int axes,
                        int64_t channels, bool up)
{
    int64_t dims[CVL_TENSOR_RANK_MAX] = {call->inputs[0]->dims[0], channels};
    for (int i = 0; i < axes; i++) {
        dims[2 + i] = cvl_onnx_outputs(&windows[i], up);
        if (dims[2 + i] < 1)
            return;
    }
    (void)cvl_tensor_set(call->output, axes + 2, dims);
}

static void infer_conv(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0), *weights = input_of(call, 1);
    struct cvl_onnx_window windows[CVL_TENSOR_RANK_MAX];
    if (input && weights && input->rank == weights->rank && input->rank > 2 &&
        cvl_onnx_windows(call->node, input, input->rank - 2, &weights->dims[2], windows))
        set_windows(call, windows, input->rank - 2, weights->dims[0], false);
}

/* Outputs of a transposed window: stride (in - 1) + output_padding + extent - padding. */
static void infer_conv_transpose(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0), *weights = input_of(call, 1);
    struct cvl_onnx_window windows[CVL_TENSOR_RANK_MAX];
    int64_t more[CVL_ONNX_INTS_MAX], shape[CVL_ONNX_INTS_MAX];
    const int more_count = cvl_onnx_ints(call->node, "output_padding", more);
    const int shape_count = cvl_onnx_ints(call->node, "output_shape", shape);
    const int64_t groups = cvl_onnx_int(call->node, "group", 1);
    if (!input || !weights || input->rank != weights->rank || input->rank < 3 || groups < 1 ||
        groups > INT32_MAX ||
        !cvl_onnx_windows(call->node, input, input->rank - 2, &weights->dims[2], windows))
        return;
    const int axes = input->rank - 2;
    const struct cvl_bytes automatic = cvl_onnx_text(call->node, "auto_pad");
    const bool same = automatic.size >= 4 && memcmp(automatic.at, "SAME", 4) == 0;
    int64_t dims[CVL_TENSOR_RANK_MAX] = {input->dims[0], weights->dims[1] * groups};
    for (int i = 0; i < axes && more_count == axes; i++)
        if (more[i] < 0 || more[i] > INT32_MAX)
            return;
    for (int i = 0; i < axes; i++) {
        const struct cvl_onnx_window *w = &windows[i];
        const int64_t extent = (w->taps - 1) * w->gap + 1;
        dims[2 + i] = shape_count == axes ? shape[i]
                      : same              ? w->in * w->stride
                             : w->stride * (w->in - 1) + extent - w->before - w->after +
                                   (more_count == axes ? more[i] : 0);
    }
    (void)cvl_tensor_set(call->output, axes + 2, dims);
}

static void infer_pool(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    struct cvl_onnx_window windows[CVL_TENSOR_RANK_MAX];
    if (input && input->rank > 2 &&
        cvl_onnx_windows(call->node, input, input->rank - 2, NULL, windows))
        set_windows(call, windows, input->rank - 2, input->dims[1],
                    cvl_onnx_int(call->node, "ceil_mode", 0) != 0);
}

static void infer_global_pool(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t dims[CVL_TENSOR_RANK_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};
    if (!input || input->rank < 2)
        return;
    dims[0] = input->dims[0];
    dims[1] = input->dims[1];
    (void)cvl_tensor_set(call->output, input->rank, dims);
}

/* Numbers too, of lists. */
static void join_data(struct call *call)
{
    struct cvl_tensor *output = call->output;
    int count = 0;
    if (output->rank != 1)
        return;
    for (int i = 0; i < call->node->input_count; i++) {
        const struct cvl_tensor *input = input_of(call, i);
        if (input->data_count == 0 || count + input->data_count > CVL_TENSOR_DATA_MAX)
            return;
        output->is_float |= input->is_float;
        memcpy(&output->data[count], input->data, (size_t)input->data_count * sizeof(double));
        count += input->data_count;
    }
    output->data_count = count;
}

static void infer_concat(struct call *call)
{
    const struct cvl_tensor *first = input_of(call, 0);
    const int axis = first ? axis_of(cvl_onnx_int(call->node, "axis", 1), first->rank) : -1;
    if (axis < 0)
        return;
    struct cvl_tensor joined = *first;
    for (int i = 1; i < call->node->input_count; i++) {
        const struct cvl_tensor *input = input_of(call, i);
        if (!input || input->rank != first->rank)
            return;
        joined.dims[axis] += input->dims[axis];
    }
    if (cvl_tensor_set(call->output, joined.rank, joined.dims))
        join_data(call);
}

static void keep_data(struct call *call, const struct cvl_tensor *input)
{
    if (!call->output->is_known)
        return;
    memcpy(call->output->data, input->data, sizeof input->data);
    call->output->data_count = input->data_count;
    call->output->is_float = input->is_float;
}

static void infer_reshape(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t dims[CVL_ONNX_INTS_MAX], product = 1;
    const int count = list_of(call, "shape", 1, dims);
    const bool keeps_zero = cvl_onnx_int(call->node, "allowzero", 0) != 0;
    int open = -1;
    if (!input || count < 0 || count > CVL_TENSOR_RANK_MAX)
        return;
    for (int i = 0; i < count; i++) {
        if (dims[i] == 0 && !keeps_zero && i < input->rank)
            dims[i] = input->dims[i];
        if (dims[i] == -1)
            open = i;
        else if (dims[i] < 1 || dims[i] > INT32_MAX || product > INT32_MAX)
            return;
        else
            product *= dims[i];
    }
    if (open >= 0)
        dims[open] = cvl_tensor_elements(input) / product;
    if (cvl_tensor_set(call->output, count, dims) && input->data_count > 0 &&
        cvl_tensor_elements(call->output) == input->data_count)
        keep_data(call, input);
}

static void infer_flatten(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t dims[2] = {1, 1};
    if (!input)
        return;
    int64_t axis = cvl_onnx_int(call->node, "axis", 1);
    axis += axis < 0 ? input->rank : 0;
    for (int i = 0; i < input->rank; i++) {
        int64_t *dim = &dims[i >= axis];
        *dim = *dim <= INT32_MAX ? *dim * input->dims[i] : *dim;
    }
    (void)cvl_tensor_set(call->output, 2, dims);
}

static void infer_transpose(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t order[CVL_ONNX_INTS_MAX], dims[CVL_TENSOR_RANK_MAX];
    const int count = cvl_onnx_ints(call->node, "perm", order);
    if (!input || (count >= 0 && count != input->rank))
        return;
    for (int i = 0; i < input->rank; i++) {
        const int axis = count >= 0 ? axis_of(order[i], input->rank) : input->rank - 1 - i;
        if (axis < 0)
            return;
        dims[i] = input->dims[axis];
    }
    (void)cvl_tensor_set(call->output, input->rank, dims);
}

/* Marks the axes of a list; false where one of them is none. */
static bool mark_axes(const int64_t *axes, int count, int rank, bool marks[CVL_TENSOR_RANK_MAX])
{
    for (int i = 0; i < count; i++) {
        const int axis = axis_of(axes[i], rank);
        if (axis < 0)
            return false;
        marks[axis] = true;
    }
    return true;
}

static void infer_squeeze(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t axes[CVL_ONNX_INTS_MAX], dims[CVL_TENSOR_RANK_MAX];
    bool marks[CVL_TENSOR_RANK_MAX] = {false};
    const int count = list_of(call, "axes", 1, axes);
    int rank = 0;
    if (!input || (count < 0 && has_input(call, 1)) || !mark_axes(axes, count, input->rank, marks))
        return;
    for (int i = 0; i < input->rank; i++)
        if (count >= 0 ? !marks[i] : input->dims[i] != 1)
            dims[rank++] = input->dims[i];
    (void)cvl_tensor_set(call->output, rank, dims);
    keep_data(call, input);
}

static void infer_unsqueeze(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t axes[CVL_ONNX_INTS_MAX], dims[CVL_TENSOR_RANK_MAX];
    bool marks[CVL_TENSOR_RANK_MAX] = {false};
    const int count = list_of(call, "axes", 1, axes);
    const int rank = input && count >= 0 ? input->rank + count : CVL_TENSOR_RANK_MAX + 1;
    if (rank > CVL_TENSOR_RANK_MAX || !mark_axes(axes, count, rank, marks))
        return;
    for (int i = 0, from = 0; i < rank; i++)
        dims[i] = marks[i] || from >= input->rank ? 1 : input->dims[from++];
    (void)cvl_tensor_set(call->output, rank, dims);
    keep_data(call, input);
}

static void infer_shape(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    if (!input)
        return;
    int64_t start = cvl_onnx_int(call->node, "start", 0);
    int64_t end = cvl_onnx_int(call->node, "end", input->rank);
    start = start < 0 ? start + input->rank : start;
    end = end < 0 ? end + input->rank : end;
    start = start < 0 ? 0 : start;
    end = end > input->rank ? input->rank : end;
    const int64_t count = end > start ? end - start : 0;
    if (!cvl_tensor_set(call->output, 1, &count))
        return;
    for (int i = 0; i < (int)count; i++)
        call->output->data[i] = (double)input->dims[start + i];
    call->output->data_count = (int)count;
}

static void infer_gather(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0), *indices = input_of(call, 1);
    int64_t dims[2 * CVL_TENSOR_RANK_MAX];
    int rank = 0;
    const int axis = input ? axis_of(cvl_onnx_int(call->node, "axis", 0), input->rank) : -1;
    if (!indices || axis < 0)
        return;
    for (int i = 0; i < axis; i++)
        dims[rank++] = input->dims[i];
    for (int i = 0; i < indices->rank; i++)
        dims[rank++] = indices->dims[i];
    for (int i = axis + 1; i < input->rank; i++)
        dims[rank++] = input->dims[i];
    if (!cvl_tensor_set(call->output, rank, dims) || input->rank != 1 || input->data_count == 0)
        return;
    for (int i = 0; i < indices->data_count; i++) {
        const double index = indices->data[i] + (indices->data[i] < 0 ? input->data_count : 0);
        if (!(index >= 0 && index < input->data_count))
            return;
        call->output->data[i] = input->data[(int)index];
    }
    call->output->data_count = indices->data_count;
    call->output->is_float = input->is_float;
}

/* Brings a bound of a slice to what there is. */
static int64_t bound(int64_t at, int64_t size, int64_t low, int64_t high)
{
    at += at < 0 ? size : 0;
    return at < low ? low : at > high ? high : at;
}

/* A slice along one axis: elements, and where it begins. */
static int64_t slice_axis(int64_t *start, int64_t end, int64_t step, int64_t size)
{
    const bool down = step < 0;
    *start = bound(*start, size, 0, down ? size - 1 : size);
    end = end <= -size - 1 && down ? -1 : bound(end, size, down ? -1 : 0, size);
    const int64_t span = down ? *start - end : end - *start, stride = down ? -step : step;
    return span > 0 ? (span + stride - 1) / stride : 0;
}

static void slice_data(struct call *call, const struct cvl_tensor *input, int64_t start,
                       int64_t step)
{
    if (!call->output->is_known || input->rank != 1 || input->data_count == 0)
        return;
    for (int i = 0; i < (int)call->output->dims[0]; i++)
        call->output->data[i] = input->data[start + i * step];
    call->output->data_count = (int)call->output->dims[0];
    call->output->is_float = input->is_float;
}

static void infer_slice(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t starts[CVL_ONNX_INTS_MAX], ends[CVL_ONNX_INTS_MAX], axes[CVL_ONNX_INTS_MAX];
    int64_t steps[CVL_ONNX_INTS_MAX];
    const int count = list_of(call, "starts", 1, starts);
    const int end_count = list_of(call, "ends", 2, ends);
    const int axis_count = list_of(call, "axes", 3, axes);
    const int step_count = list_of(call, "steps", 4, steps);
    if (!input || count < 0 || end_count != count || (axis_count >= 0 && axis_count != count) ||
        (axis_count < 0 && has_input(call, 3)) || (step_count >= 0 && step_count != count) ||
        (step_count < 0 && has_input(call, 4)))
        return;
    struct cvl_tensor sliced = *input;
    for (int i = 0; i < count; i++) {
        const int axis = axis_of(axis_count >= 0 ? axes[i] : i, input->rank);
        const int64_t step = step_count >= 0 ? steps[i] : 1;
        if (axis < 0 || step == 0 || step < -INT32_MAX || step > INT32_MAX)
            return;
        sliced.dims[axis] = slice_axis(&starts[i], ends[i], step, input->dims[axis]);
        steps[i] = step;
    }
    if (cvl_tensor_set(call->output, sliced.rank, sliced.dims) && count == 1)
        slice_data(call, input, starts[0], steps[0]);
}

static void infer_split(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t parts[CVL_ONNX_INTS_MAX];
    const int count = list_of(call, "split", 1, parts), outputs = call->node->output_count;
    const int axis = input ? axis_of(cvl_onnx_int(call->node, "axis", 0), input->rank) : -1;
    if (axis < 0 || outputs < 1 || (count >= 0 && count != outputs) ||
        (count < 0 && has_input(call, 1)))
        return;
    const int64_t each = (input->dims[axis] + outputs - 1) / outputs;
    for (int i = 0; i < outputs; i++) {
        struct cvl_tensor part = *input;
        const int64_t left = input->dims[axis] - i * each;
        part.dims[axis] = count >= 0 ? parts[i] : left < each ? left : each;
        (void)cvl_tensor_set(&call->outputs[i], part.rank, part.dims);
    }
}

static void infer_reduce(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t axes[CVL_ONNX_INTS_MAX], dims[CVL_TENSOR_RANK_MAX];
    bool marks[CVL_TENSOR_RANK_MAX] = {false};
    const bool keeps = cvl_onnx_int(call->node, "keepdims", 1) != 0;
    int count = list_of(call, "axes", 1, axes), rank = 0;
    if (!input || (count < 0 && has_input(call, 1)))
        return;
    const bool is_all = count < 0 && cvl_onnx_int(call->node, "noop_with_empty_axes", 0) == 0;
    if (!mark_axes(axes, count, input->rank, marks))
        return;
    for (int i = 0; i < input->rank; i++)
        if (!is_all && !marks[i])
            dims[rank++] = input->dims[i];
        else if (keeps)
            dims[rank++] = 1;
    (void)cvl_tensor_set(call->output, rank, dims);
}

static void infer_arg(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    const int axis = input ? axis_of(cvl_onnx_int(call->node, "axis", 0), input->rank) : -1;
    const bool keeps = cvl_onnx_int(call->node, "keepdims", 1) != 0;
    int64_t dims[CVL_TENSOR_RANK_MAX];
    int rank = 0;
    if (axis < 0)
        return;
    for (int i = 0; i < input->rank; i++)
        if (i != axis)
            dims[rank++] = input->dims[i];
        else if (keeps)
            dims[rank++] = 1;
    (void)cvl_tensor_set(call->output, rank, dims);
}

/* Are zeros added? The value is the third input, or an attribute. */
static bool adds_zeros(const struct call *call)
{
    const struct cvl_bytes mode = cvl_onnx_text(call->node, "mode");
    const struct cvl_tensor *value = input_of(call, 2);
    if (mode.size > 0 && !cvl_bytes_are(mode, "constant"))
        return false;
    if (has_input(call, 2))
        return value && value->data_count == 1 && value->data[0] == 0;
    return cvl_onnx_float(call->node, "value", 0) == 0;
}

/* Remembers what a convolution can do as well: zeros around images, which is rows and columns. */
static void note_padding(struct call *call, const struct cvl_tensor *input, const int64_t *pads)
{
    bool good = input->rank == 4 && adds_zeros(call);
    for (int i = 0; i < 4 && good; i++) {
        const bool is_image = i >= 2;
        good = pads[i] >= 0 && pads[4 + i] >= 0 && (is_image || (!pads[i] && !pads[4 + i])) &&
               input->dims[i] >= 1;
    }
    if (!good)
        return;
    call->output->padded.from = call->node->inputs[0];
    call->output->padded.by = (struct cvl_padding){(int32_t)pads[2], (int32_t)pads[6],
                                                   (int32_t)pads[3], (int32_t)pads[7]};
}

static void infer_pad(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t pads[CVL_ONNX_INTS_MAX];
    int count = list_of(call, "pads", 1, pads);
    if (count < 0)
        count = cvl_onnx_ints(call->node, "paddings", pads);
    if (!input || count != 2 * input->rank || has_input(call, 3))
        return;
    struct cvl_tensor padded = *input;
    for (int i = 0; i < input->rank; i++)
        padded.dims[i] += bound(pads[i], 0, -INT32_MAX, INT32_MAX) +
                          bound(pads[input->rank + i], 0, -INT32_MAX, INT32_MAX);
    if (cvl_tensor_set(call->output, padded.rank, padded.dims))
        note_padding(call, input, pads);
}

/* Scales the input's sizes. */
static void set_scaled(struct call *call, const struct cvl_tensor *input, const double *scales,
                       int count)
{
    int64_t dims[CVL_TENSOR_RANK_MAX];
    if (count != input->rank)
        return;
    for (int i = 0; i < count; i++) {
        const double size = floor((double)input->dims[i] * scales[i]);
        if (!(size >= 0 && size <= INT32_MAX))
            return;
        dims[i] = (int64_t)size;
    }
    (void)cvl_tensor_set(call->output, count, dims);
}

/* Sizes are the fourth input, scales the third; until version 10 scales are the second. */
static void infer_resize(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0), *sizes = input_of(call, 3);
    const struct cvl_tensor *scales = input_of(call, call->node->input_count > 2 ? 2 : 1);
    int64_t axes[CVL_ONNX_INTS_MAX];
    if (!input || cvl_onnx_ints(call->node, "axes", axes) >= 0)
        return;
    if (sizes && sizes->data_count == input->rank) {
        int64_t dims[CVL_TENSOR_RANK_MAX];
        for (int i = 0; i < input->rank; i++)
            dims[i] =
                sizes->data[i] >= 0 && sizes->data[i] <= INT32_MAX ? (int64_t)sizes->data[i] : -1;
        (void)cvl_tensor_set(call->output, input->rank, dims);
    } else if (scales && scales->data_count > 0 && !has_input(call, 3)) {
        set_scaled(call, input, scales->data, scales->data_count);
    }
}

static void infer_upsample(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0), *scales = input_of(call, 1);
    double values[CVL_ONNX_INTS_MAX];
    if (!input)
        return;
    if (scales) {
        set_scaled(call, input, scales->data, scales->data_count);
        return;
    }
    const int count = cvl_onnx_floats(call->node, "scales", values);
    set_scaled(call, input, values, count);
}

static void infer_matmul(struct call *call)
{
    const struct cvl_tensor *a = input_of(call, 0), *b = input_of(call, 1);
    if (!a || !b || a->rank < 2 || b->rank < 2)
        return;
    struct cvl_tensor left = *a, right = *b;
    left.rank -= 2;
    right.rank -= 2;
    if (a->dims[a->rank - 1] != b->dims[b->rank - 2] || !broadcast(&left, &right))
        return;
    left.dims[left.rank++] = a->dims[a->rank - 2];
    left.dims[left.rank++] = b->dims[b->rank - 1];
    (void)cvl_tensor_set(call->output, left.rank, left.dims);
}

static void infer_gemm(struct call *call)
{
    const struct cvl_tensor *a = input_of(call, 0), *b = input_of(call, 1);
    if (!a || !b || a->rank != 2 || b->rank != 2)
        return;
    const int64_t dims[2] = {a->dims[cvl_onnx_int(call->node, "transA", 0) != 0],
                             b->dims[cvl_onnx_int(call->node, "transB", 0) == 0]};
    (void)cvl_tensor_set(call->output, 2, dims);
}

static void infer_expand(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t dims[CVL_ONNX_INTS_MAX];
    struct cvl_tensor shape = {0};
    const int count = list_of(call, "shape", 1, dims);
    if (input && count >= 0 && count <= CVL_TENSOR_RANK_MAX &&
        cvl_tensor_set(&shape, count, dims) && broadcast(&shape, input))
        *call->output = shape;
}

static void infer_constant_of_shape(struct call *call)
{
    int64_t dims[CVL_ONNX_INTS_MAX];
    const int count = list_of(call, "shape", 0, dims);
    if (count >= 0 && count <= CVL_TENSOR_RANK_MAX)
        (void)cvl_tensor_set(call->output, count, dims);
}

/* blocksize channels squared become blocksize rows and columns, or back. */
static void infer_depth_to_space(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    const int64_t block = cvl_onnx_int(call->node, "blocksize", 0);
    if (!input || input->rank != 4 || block < 1 || block > 1024)
        return;
    const int64_t dims[4] = {input->dims[0], input->dims[1] / (block * block),
                             input->dims[2] * block, input->dims[3] * block};
    (void)cvl_tensor_set(call->output, 4, dims);
}

static void infer_space_to_depth(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    const int64_t block = cvl_onnx_int(call->node, "blocksize", 0);
    if (!input || input->rank != 4 || block < 1 || block > 1024)
        return;
    const int64_t dims[4] = {input->dims[0], input->dims[1] * block * block, input->dims[2] / block,
                             input->dims[3] / block};
    (void)cvl_tensor_set(call->output, 4, dims);
}

static void infer_tile(struct call *call)
{
    const struct cvl_tensor *input = input_of(call, 0);
    int64_t repeats[CVL_ONNX_INTS_MAX];
    const int count = list_of(call, "repeats", 1, repeats);
    if (!input || count != input->rank)
        return;
    struct cvl_tensor tiled = *input;
    for (int i = 0; i < count; i++)
        tiled.dims[i] *= bound(repeats[i], 0, 0, INT32_MAX);
    (void)cvl_tensor_set(call->output, tiled.rank, tiled.dims);
}

/* A tensor within the node, or a list of numbers. */
static void infer_constant(struct call *call)
{
    struct cvl_bytes rest = call->node->message;
    struct cvl_wire_field field, found;
    int64_t values[CVL_ONNX_INTS_MAX];
    enum { NODE_ATTRIBUTE = 5, ATTRIBUTE_TENSOR = 5 };
    while (cvl_wire_next(&rest, &field))
        if (field.number == NODE_ATTRIBUTE && field.type == CVL_WIRE_BYTES &&
            cvl_wire_find(field.bytes, ATTRIBUTE_TENSOR, CVL_WIRE_BYTES, &found)) {
            (void)cvl_onnx_tensor(found.bytes, call->output, NULL);
            return;
        }
    const int count = cvl_onnx_ints(call->node, "value_ints", values);
    const int64_t size = count;
    if (count < 0 || !cvl_tensor_set(call->output, 1, &size))
        return;
    for (int i = 0; i < count; i++)
        call->output->data[i] = (double)values[i];
    call->output->data_count = count;
}

static const struct {
    const char *type;
    infer *infer;
} operators[] = {
    {"Conv", infer_conv},
    {"ConvTranspose", infer_conv_transpose},
    {"MaxPool", infer_pool},
    {"AveragePool", infer_pool},
    {"LpPool", infer_pool},
    {"GlobalAveragePool", infer_global_pool},
    {"GlobalMaxPool", infer_global_pool},
    {"Concat", infer_concat},
    {"Reshape", infer_reshape},
    {"Flatten", infer_flatten},
    {"Transpose", infer_transpose},
    {"Squeeze", infer_squeeze},
    {"Unsqueeze", infer_unsqueeze},
    {"Shape", infer_shape},
    {"Gather", infer_gather},
    {"Slice", infer_slice},
    {"Split", infer_split},
    {"Pad", infer_pad},
    {"Resize", infer_resize},
    {"Upsample", infer_upsample},
    {"MatMul", infer_matmul},
    {"Gemm", infer_gemm},
    {"Expand", infer_expand},
    {"ConstantOfShape", infer_constant_of_shape},
    {"DepthToSpace", infer_depth_to_space},
    {"SpaceToDepth", infer_space_to_depth},
    {"Tile", infer_tile},
    {"Constant", infer_constant},
    {"Cast", infer_cast},
    {"Floor", infer_floor},
    {"Ceil", infer_ceil},
    {"Identity", infer_same},
    {"Dropout", infer_same},
    {"Add", infer_add},
    {"Sub", infer_sub},
    {"Mul", infer_mul},
    {"Div", infer_div},
    {"ArgMax", infer_arg},
    {"ArgMin", infer_arg},
};

/* Operators that only map elements, combine tensors of one shape, or reduce along axes. */
static const char maps[] =
    " Relu Sigmoid HardSigmoid HardSwish LeakyRelu PRelu Clip Elu Selu Celu ThresholdedRelu Tanh "
    "Exp "
    "Log Sqrt Erf Softplus Softsign Mish Gelu Abs Neg Sign Reciprocal Round Sin Cos Tan Not IsNaN "
    "Softmax LogSoftmax Hardmax LRN BatchNormalization InstanceNormalization GroupNormalization "
    "LayerNormalization LpNormalization MeanVarianceNormalization QuantizeLinear DequantizeLinear "
    "Swish CumSum ReverseSequence ScatterND ScatterElements ";
static const char broadcasts[] =
    " Pow Max Min Sum Mean And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual Where Mod "
    "BitShift ";
static const char reductions[] =
    " ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum "
    "ReduceLogSumExp ReduceSumSquare ";

static bool has_word(const char *list, struct cvl_bytes word)
{
    const char *at = list;
    while (word.size > 0 && (at = memmem(at, strlen(at), word.at, word.size)) != NULL) {
        if (at[-1] == ' ' && at[word.size] == ' ')
            return true;
        at++;
    }
    return false;
}

static infer *find_operator(struct cvl_bytes type)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (cvl_bytes_are(type, operators[i].type))
            return operators[i].infer;
    if (type.size > 0 && memchr(type.at, ' ', type.size))
        return NULL;
    return has_word(maps, type)         ? infer_map
           : has_word(broadcasts, type) ? infer_broadcast
           : has_word(reductions, type) ? infer_reduce
                                        : NULL;
}

/* The node that first made an input of this one unknown, or this one. */
static void find_origin(const struct call *call, struct cvl_tensor *out)
{
    out->origin.node = call->node->name.size > 0 ? call->node->name : call->node->outputs[0];
    out->origin.type = call->node->type;
    for (int i = 0; i < call->node->input_count; i++)
        if (call->inputs[i] && !call->inputs[i]->is_known && call->inputs[i]->origin.node.at) {
            out->origin = call->inputs[i]->origin;
            return;
        }
}

bool cvl_onnx_infer(const struct cvl_onnx_node *node, struct cvl_tensor_map *map)
{
    struct cvl_tensor outputs[CVL_ONNX_EDGES_MAX];
    struct call call = {.node = node, .output = &outputs[0], .outputs = outputs};
    infer *infer_it =
        node->is_too_large || node->output_count == 0 ? NULL : find_operator(node->type);
    memset(outputs, 0, (size_t)node->output_count * sizeof *outputs);
    for (int i = 0; i < node->input_count; i++)
        call.inputs[i] = node->inputs[i].size > 0 ? cvl_tensor_get(map, node->inputs[i]) : NULL;
    if (infer_it)
        infer_it(&call);
    struct cvl_tensor unknown = {0};
    if (node->output_count > 0)
        find_origin(&call, &unknown);
    for (int i = 0; i < node->output_count; i++) {
        if (node->outputs[i].size == 0)
            continue;
        struct cvl_tensor *known = cvl_tensor_put(map, node->outputs[i]);
        if (!known)
            return false;
        if (!cvl_bytes_are(node->type, "Pad")) /* of what was copied */
            outputs[i].padded.from = (struct cvl_bytes){0};
        if (outputs[i].is_known) /* else what the file itself says of it stands */
            *known = outputs[i];
        else if (!known->is_known)
            known->origin = unknown.origin;
    }
    return true;
}

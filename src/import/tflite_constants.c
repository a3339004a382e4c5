/* Operators of TensorFlow Lite whose constants say what they are here: zeros around an image, and
 * means over a whole one. */
#include "import/tflite.h"

static struct cvl_flat_vector shape_of(const struct cvl_tflite *model, uint32_t number)
{
    const size_t tensor = cvl_flat_table_at(&model->flat, model->tensors, number);
    return cvl_flat_vector(&model->flat, tensor, TENSOR_SHAPE, 4);
}

/* The 32-bit integers of a constant. @return are there `count` of them? */
static bool read_constant(const struct cvl_tflite *model, uint32_t number, int32_t *values,
                          uint32_t count)
{
    const struct cvl_flat *flat = &model->flat;
    const size_t tensor = cvl_flat_table_at(flat, model->tensors, number);
    const uint32_t index = (uint32_t)cvl_flat_int32(flat, tensor, TENSOR_BUFFER, 0);
    const size_t buffer = cvl_flat_table_at(flat, model->buffers, index);
    const struct cvl_flat_vector bytes = cvl_flat_vector(flat, buffer, BUFFER_DATA, 1);
    if (cvl_flat_int8(flat, tensor, TENSOR_TYPE, 0) != TYPE_INT32 || bytes.count != 4 * count)
        return false;
    for (uint32_t i = 0; i < count; i++)
        values[i] = cvl_flat_int32_at(flat, (struct cvl_flat_vector){bytes.at, count}, i);
    return true;
}

uint32_t cvl_tflite_edge(const struct cvl_tflite *model, size_t operator, unsigned list,
                         uint32_t index)
{
    const struct cvl_flat_vector all = cvl_flat_vector(&model->flat, operator, list, 4);
    const uint32_t number = (uint32_t)cvl_flat_int32_at(&model->flat, all, index);
    return index < all.count && number < model->tensors.count ? number : UINT32_MAX;
}

/* Is the output larger than the input by just this: before and after n, h, w and c? */
static bool pads_image(const struct cvl_tflite *model, uint32_t from, uint32_t to,
                       const int32_t pads[8])
{
    const struct cvl_flat_vector in = shape_of(model, from), out = shape_of(model, to);
    bool good = in.count == 4 && out.count == 4 && !pads[0] && !pads[1] && !pads[6] && !pads[7];
    for (uint32_t i = 0; i < 4 && good; i++) {
        const int64_t size = cvl_flat_int32_at(&model->flat, in, i);
        const int32_t before = pads[2 * i], after = pads[2 * i + 1];
        good = size >= 1 && before >= 0 && after >= 0 &&
               size + before + after == cvl_flat_int32_at(&model->flat, out, i);
    }
    return good;
}

void cvl_tflite_note_pad(struct cvl_tflite *model, size_t operator)
{
    const uint32_t from = cvl_tflite_edge(model, operator, OPERATOR_INPUTS, 0);
    const uint32_t to = cvl_tflite_edge(model, operator, OPERATOR_OUTPUTS, 0);
    const uint32_t constant = cvl_tflite_edge(model, operator, OPERATOR_INPUTS, 1);
    int32_t pads[8];
    if (from != UINT32_MAX && to != UINT32_MAX && read_constant(model, constant, pads, 8) &&
        pads_image(model, from, to, pads))
        model->pads[to] = (struct cvl_tflite_pad){true, from, {pads[2], pads[3], pads[4], pads[5]}};
}

bool cvl_tflite_spans_image(const struct cvl_tflite *model, size_t operator)
{
    const uint32_t constant = cvl_tflite_edge(model, operator, OPERATOR_INPUTS, 1);
    const uint32_t in = cvl_tflite_edge(model, operator, OPERATOR_INPUTS, 0);
    int32_t axes[2];
    if (shape_of(model, in).count != 4 || !read_constant(model, constant, axes, 2))
        return false;
    for (int i = 0; i < 2; i++)
        axes[i] += axes[i] < 0 ? 4 : 0;
    return (axes[0] == 1 && axes[1] == 2) || (axes[0] == 2 && axes[1] == 1);
}

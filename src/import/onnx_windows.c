/* Windows of ONNX's convolutions and poolings along one axis (onnx.ai/onnx/operators). */
#include "import/onnx_node.h"

int64_t cvl_onnx_outputs(const struct cvl_onnx_window *w, bool up)
{
    const int64_t extent = (w->taps - 1) * w->gap + 1;
    const int64_t rest = w->in + w->before + w->after - extent;
    if (rest < 0)
        return 0;
    const int64_t outputs = (up ? rest + w->stride - 1 : rest) / w->stride + 1;
    const bool is_beyond = up && (outputs - 1) * w->stride >= w->in + w->before;
    return outputs - is_beyond; /* a last window of padding alone does not count */
}

/* TensorFlow's SAME; `lower`: an odd row of padding goes first. */
static void pad_same(struct cvl_onnx_window *w, bool lower)
{
    const int64_t outputs = (w->in + w->stride - 1) / w->stride;
    const int64_t needed = (outputs - 1) * w->stride + (w->taps - 1) * w->gap + 1 - w->in;
    const int64_t all = needed > 0 ? needed : 0;
    w->before = lower ? all - all / 2 : all / 2;
    w->after = all - w->before;
}

static bool is_sane(const struct cvl_onnx_window *w)
{
    const int64_t max = INT32_MAX;
    return w->in >= 1 && w->taps >= 1 && w->taps <= max && w->stride >= 1 && w->stride <= max &&
           w->gap >= 1 && w->gap <= max && w->before >= -max && w->before <= max &&
           w->after >= -max && w->after <= max;
}

bool cvl_onnx_windows(const struct cvl_onnx_node *node, const struct cvl_tensor *input, int axes,
                      const int64_t *taps, struct cvl_onnx_window *out)
{
    int64_t kernel[CVL_ONNX_INTS_MAX], strides[CVL_ONNX_INTS_MAX], gaps[CVL_ONNX_INTS_MAX];
    int64_t pads[CVL_ONNX_INTS_MAX];
    const int kernels = cvl_onnx_ints(node, "kernel_shape", kernel);
    const int stride_count = cvl_onnx_ints(node, "strides", strides);
    const int gap_count = cvl_onnx_ints(node, "dilations", gaps);
    const int pad_count = cvl_onnx_ints(node, "pads", pads);
    const struct cvl_bytes automatic = cvl_onnx_text(node, "auto_pad");
    const bool lower = cvl_bytes_are(automatic, "SAME_LOWER");
    const bool same = lower || cvl_bytes_are(automatic, "SAME_UPPER");
    const bool valid = cvl_bytes_are(automatic, "VALID");
    if (input->rank != axes + 2 || (kernels >= 0 && kernels != axes) || (kernels < 0 && !taps) ||
        (stride_count >= 0 && stride_count != axes) || (gap_count >= 0 && gap_count != axes) ||
        (pad_count >= 0 && pad_count != 2 * axes))
        return false;
    for (int i = 0; i < axes; i++) {
        const bool padded = pad_count >= 0 && !same && !valid;
        out[i] = (struct cvl_onnx_window){.in = input->dims[2 + i],
                                          .taps = kernels >= 0 ? kernel[i] : taps[i],
                                          .stride = stride_count >= 0 ? strides[i] : 1,
                                          .gap = gap_count >= 0 ? gaps[i] : 1,
                                          .before = padded ? pads[i] : 0,
                                          .after = padded ? pads[axes + i] : 0};
        if (!is_sane(&out[i]))
            return false;
        if (same)
            pad_same(&out[i], lower);
    }
    return true;
}

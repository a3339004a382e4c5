/** One convolution, as a plain value with one canonical text.
 *
 *  Dimensions have the names that oneDNN's benchdnn uses; the text is benchdnn's descriptor after
 *  the form, e.g. `separable:mb1ic64ih112oc128oh56kh3sh2ph0n"mbv1/block2"`. */
#ifndef CONVLENS_PROBLEM_H
#define CONVLENS_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <convlens/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The mathematical form of the computation for a given input and output. */
enum cvl_form {
    CVL_STANDARD,  /* every output channel reads every input channel of its group */
    CVL_DEPTHWISE, /* g = ic: oc / ic filters for each channel, mostly one */
    CVL_POINTWISE, /* kh = kw = 1, one group */
    CVL_SEPARABLE, /* depthwise kh x kw on ic channels, then pointwise ic -> oc; with dm, depthwise
                      ic -> ic dm, then pointwise ic dm -> oc */
    CVL_INVERTED,  /* pointwise ic -> mc, depthwise kh x kw on mc channels, pointwise mc -> oc; with
                      res, plus the input */
    CVL_TRANSPOSED, /* a convolution from oc to ic channels the other way round: each input pixel is
                       multiplied into the kh x kw outputs of its window; weights ic (oc/g) kh kw */
    CVL_FORM_COUNT
};

/** Order of a tensor's dimensions in memory, slowest first. */
enum cvl_layout { CVL_NHWC, CVL_NCHW, CVL_LAYOUT_COUNT };

/** Type of a tensor's elements in memory; arithmetic is in float for both. */
enum cvl_dtype { CVL_F32, CVL_F16, CVL_DTYPE_COUNT };

/** What is computed for a problem: only the convolution, or a training step, which adds the
 *  backward pass for data and weights and the optimizer's update. */
enum cvl_passes { CVL_FORWARD, CVL_TRAINING, CVL_PASSES_COUNT };

/** Optimizers differ in what they keep in addition to weights and gradients: nothing, one copy of
 * the weights (the velocity), or two (both moments). */
enum cvl_optimizer { CVL_SGD, CVL_MOMENTUM, CVL_ADAM, CVL_OPTIMIZER_COUNT };

enum { CVL_PROBLEM_NAME_BYTES = 96, CVL_PROBLEM_TEXT_BYTES = 384 };

/** A convolution. Every dimension is at least 1, except ph and pw (>= 0), dh and dw (0 means no
 *  gaps), mc, res and dm. mc, the middle channels, is at least 1 in the inverted form and 0 in the
 *  others. res is 1 if an inverted problem with input and output of equal size adds the input, else
 *  0. dm, the depth multiplier, is 0 where the depthwise stage makes one channel of each; in a
 *  separable problem it may be 2 or more. ph and pw are the padding before the first row and
 * column; the padding after the last follows from oh and ow, so it can be asymmetric. Made by
 * cvl_problem_parse or by hand; check one made by hand with cvl_problem_check. Of a transposed
 * problem ph and pw are the rows and columns that the first windows reach beyond the output, which
 * is (ih-1) sh + (kh-1)(dh+1) + 1 rows less those cut off at both ends; what is cut off after the
 * last may be negative: rows that no window reaches.
 */
struct cvl_problem {
    enum cvl_form form;
    int32_t mb, g;
    int32_t ic, ih, iw;
    int32_t oc, oh, ow;
    int32_t kh, kw, sh, sw, ph, pw, dh, dw;
    int32_t mc, res, dm;
    char name[CVL_PROBLEM_NAME_BYTES]; /* may be empty; without quotes or control characters */
};

/** Sizes derived from a problem, in elements; all products are checked for overflow. */
struct cvl_sizes {
    uint64_t input_elements;        /* mb ic ih iw */
    uint64_t expanded_elements;     /* inverted: mb mc ih iw, the first pointwise output; else 0 */
    uint64_t intermediate_elements; /* the depthwise output: separable mb ic dm oh ow, inverted mb
                                       mc oh ow; else 0 */
    uint64_t output_elements;       /* mb oc oh ow */
    uint64_t weights_ex_elements;   /* inverted: mc ic; else 0 */
    uint64_t weights_dw_elements;   /* separable: ic dm kh kw; inverted: mc kh kw; else 0 */
    uint64_t weights_pw_elements;   /* separable: oc ic dm; inverted: oc mc; else 0 */
    uint64_t weights_elements;      /* oc (ic/g) kh kw, or the sum of the three above */
    uint64_t macs; /* multiply-adds, of a transposed problem input pixels x weights; padding counts
                      as work, adding the input of an inverted problem does not */
    uint64_t im2col_elements; /* (ic/g) kh kw oh ow of one image: the patch matrix */
};

/** Parses a text by the rules of benchdnn (oneDNN, tests/benchdnn/doc/knobs_desc.md). Missing parts
 *  are g 1, s 1 and d 0. Without padding an output is the largest without padding; with an output
 *  the padding is half of what the windows need beyond the input, rounded down. Each direction
 *  stands for itself as soon as one of its parts is given: a width part without iw and kw is an
 *  error. Without any width part the width is as the height, without any height part both heights
 *  are 1. A depth may be given if it is flat (id1od1kd1). The last of a repeated part counts, and
 *  one `_` may follow each part. In one thing we differ: mb is 1, where benchdnn has 2. dm1 is
 *  no multiplier, in every form. A text
 *  without a form is `standard`, or `depthwise` if g = ic and oc is a multiple of it.
 *  @return CVL_OK, or CVL_BAD_INPUT with the wrong part and what was expected */
CVL_API enum cvl_status cvl_problem_parse(const char *text, struct cvl_problem *out,
                                          struct cvl_error *err);

/** Writes the canonical text; cvl_problem_parse reads it back to an equal value. It has either all
 *  width parts or none.
 *  @return the text's length, cut to `size` - 1 as snprintf does */
CVL_API size_t cvl_problem_print(const struct cvl_problem *problem, char *text, size_t size);

/** Checks a value: ranges, divisibility by g, the requirements of the form, positions beyond 31
 *  bits, and sizes whose bytes overflow 63 bits. Padding may be of any size; a window may lie in it
 *  wholly.
 *  @return CVL_OK or CVL_BAD_INPUT */
CVL_API enum cvl_status cvl_problem_check(const struct cvl_problem *problem, struct cvl_error *err);

/** Derived sizes of a checked problem. */
CVL_API struct cvl_sizes cvl_problem_sizes(const struct cvl_problem *problem);

/** Multiply-adds times 2. For a training step, the sum over the forward convolutions and the
 *  backward passes to the input and to the weights. */
CVL_API uint64_t cvl_problem_flops(const struct cvl_problem *problem, enum cvl_passes passes);

/** The same without the multiply-adds whose tap is in the padding, where the input is 0: what a
 *  program that skips them needs. The problem is a checked one. */
CVL_API uint64_t cvl_problem_flops_without_padding(const struct cvl_problem *problem,
                                                   enum cvl_passes passes);

/** Same shape and form; the name does not count. */
CVL_API bool cvl_problem_equal(const struct cvl_problem *a, const struct cvl_problem *b);

/** Rows of padding after the last (pad_bottom) or columns (pad_right): (oh-1) sh + (kh-1)(dh+1) + 1
 *  - ih - ph; negative if the last rows of the input are never read. Of a transposed problem input
 *  and output change places. */
CVL_API int32_t cvl_problem_pad_bottom(const struct cvl_problem *problem);
CVL_API int32_t cvl_problem_pad_right(const struct cvl_problem *problem);

/** The convolution that a transposed problem is the other way round: from its output to its input,
 *  in form standard. Padding and weights are the same. */
CVL_API struct cvl_problem cvl_problem_mirror(const struct cvl_problem *problem);

/** Channels of the depthwise output: ic dm of a separable problem, mc of an inverted one. */
CVL_API int32_t cvl_problem_middle(const struct cvl_problem *problem);

/** The problem as one stage of a separable or inverted one: CVL_DEPTHWISE (same window; from ic or
 *  mc channels) or CVL_POINTWISE (on the depthwise output). */
CVL_API struct cvl_problem cvl_problem_part(const struct cvl_problem *problem, enum cvl_form part);
/** The first stage of an inverted problem: pointwise, ic -> mc, on all of the input. */
CVL_API struct cvl_problem cvl_problem_expansion(const struct cvl_problem *problem);

/** Names: "standard", "nhwc", "f32", …; parsing is exact and in lower case; CVL_BAD_INPUT lists the
 *  choices. */
CVL_API const char *cvl_form_name(enum cvl_form form);
CVL_API const char *cvl_layout_name(enum cvl_layout layout);
CVL_API const char *cvl_dtype_name(enum cvl_dtype dtype);
CVL_API const char *cvl_passes_name(enum cvl_passes passes);
CVL_API const char *cvl_optimizer_name(enum cvl_optimizer optimizer);
CVL_API enum cvl_status cvl_form_parse(const char *text, enum cvl_form *out, struct cvl_error *err);
CVL_API enum cvl_status cvl_layout_parse(const char *text, enum cvl_layout *out,
                                         struct cvl_error *err);
CVL_API enum cvl_status cvl_dtype_parse(const char *text, enum cvl_dtype *out,
                                        struct cvl_error *err);

CVL_API enum cvl_status cvl_passes_parse(const char *text, enum cvl_passes *out,
                                         struct cvl_error *err);
CVL_API enum cvl_status cvl_optimizer_parse(const char *text, enum cvl_optimizer *out,
                                            struct cvl_error *err);

/** Bytes of one element: 4 or 2. */
CVL_API uint32_t cvl_dtype_bytes(enum cvl_dtype dtype);

/** Copies of the weights that an optimizer keeps in addition: 0, 1 or 2. */
CVL_API uint32_t cvl_optimizer_copies(enum cvl_optimizer optimizer);

#ifdef __cplusplus
}
#endif

#endif

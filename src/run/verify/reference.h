/* The reference: a direct convolution on the host, accumulated in double. */
#ifndef CVL_RUN_VERIFY_REFERENCE_H
#define CVL_RUN_VERIFY_REFERENCE_H

#include <convlens/problem.h>

/* What goes in; weights as plan contents name them. */
struct cvl_reference_inputs {
    const float *input;      /* mb ih iw ic */
    const float *weights;    /* oc (ic/g) kh kw, transposed ic (oc/g) kh kw; unless separable or
                                inverted */
    const float *weights_ex; /* mc ic 1 1; inverted only */
    const float *weights_dw; /* ic dm or mc 1 kh kw; separable and inverted only */
    const float *weights_pw; /* oc ic dm or mc 1 1; separable and inverted only */
};

/* One convolution of any form but separable on doubles: input mb ih iw ic, weights oc (ic/g) kh kw.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_reference_convolve(const struct cvl_problem *problem, const double *input,
                                       const float *weights, double *output, struct cvl_error *err);

/* Fills output: mb oh ow oc. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_reference_compute(const struct cvl_problem *problem,
                                      const struct cvl_reference_inputs *inputs, double *output,
                                      struct cvl_error *err);

#endif

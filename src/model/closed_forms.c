/* Closed forms of the memory that the forms of a layer need. */
#include <convlens/model.h>

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

struct cvl_model_bytes cvl_model_bytes(const struct cvl_problem *problem, enum cvl_dtype dtype)
{
    struct cvl_problem standard = *problem, separable = *problem;
    standard.form = CVL_STANDARD;
    standard.dm = 0;
    separable.form = CVL_SEPARABLE;
    separable.g = 1;
    struct cvl_sizes one = cvl_problem_sizes(&standard), two = cvl_problem_sizes(&separable);
    uint64_t element = cvl_dtype_bytes(dtype);
    return (struct cvl_model_bytes){
        .a = element * two.input_elements,
        .t = element * two.intermediate_elements,
        .o = element * two.output_elements,
        .weights_standard = element * one.weights_elements,
        .weights_separable = element * two.weights_elements,
        .im2col = element * one.im2col_elements,
    };
}

/* One stage reads all of A while it writes all of O, so no policy can free either. */
uint64_t cvl_model_standard_peak(const struct cvl_model_bytes *bytes, enum cvl_policy policy,
                                 bool im2col, bool weights)
{
    (void)policy;
    return bytes->a + bytes->o + (im2col ? bytes->im2col : 0) +
           (weights ? bytes->weights_standard : 0);
}

uint64_t cvl_model_separable_peak(const struct cvl_model_bytes *bytes, enum cvl_policy policy,
                                  bool weights)
{
    bool frees_input = policy == CVL_FREED || policy == CVL_ARENA;
    uint64_t peak =
        frees_input ? bytes->t + larger(bytes->a, bytes->o) : bytes->a + bytes->t + bytes->o;
    return peak + (weights ? bytes->weights_separable : 0);
}

uint64_t cvl_model_inverted_peak(const struct cvl_problem *problem, enum cvl_dtype dtype,
                                 enum cvl_policy policy, bool weights)
{
    const struct cvl_sizes sizes = cvl_problem_sizes(problem);
    const uint64_t a = sizes.input_elements, e = sizes.expanded_elements;
    const uint64_t t = sizes.intermediate_elements, o = sizes.output_elements;
    const uint64_t inner = larger(e + t, t + o);
    uint64_t peak = larger(a + e, inner);
    if (policy == CVL_ALL_LIVE)
        peak = a + e + t + o;
    else if (policy == CVL_FREED_PINNED || problem->res)
        peak = a + inner;
    return cvl_dtype_bytes(dtype) * (peak + (weights ? sizes.weights_elements : 0));
}

/* With PQ windows, R2 kernel elements, C input and K output channels, N images, multiplier D:
 *
 *   T = N C D PQ    A = N C IH IW    O = N K PQ    patches of one image = C R2 PQ
 *   weights, standard: K C R2, separable: C D (R2 + K)
 *
 * With all buffers live, or with the input pinned, the separable form needs more exactly if T and
 * its weights exceed the patches and the standard weights; divide by C. Under freed it needs more
 * if they exceed these and min(A, O). Every term is at most a tensor of one of the two forms, in
 * elements.
 *
 * Without a multiplier T <= A, and against im2col the separable form never needs more for N <= R2.
 * A larger batch can change that: the patches are those of one image at a time, T is that of all.
 */
bool cvl_model_separable_needs_more(const struct cvl_problem *problem, enum cvl_policy policy,
                                    bool im2col, bool weights)
{
    const uint64_t n = (uint64_t)problem->mb, c = (uint64_t)problem->ic, k = (uint64_t)problem->oc;
    const uint64_t d = problem->dm > 1 ? (uint64_t)problem->dm : 1;
    const uint64_t pq = (uint64_t)problem->oh * (uint64_t)problem->ow;
    const uint64_t r2 = (uint64_t)problem->kh * (uint64_t)problem->kw;
    const uint64_t a = n * c * (uint64_t)problem->ih * (uint64_t)problem->iw, o = n * k * pq;
    const uint64_t separable = n * d * pq + (weights ? d * (r2 + k) : 0);
    const uint64_t standard = (im2col ? r2 * pq : 0) + (weights ? k * r2 : 0);
    if (policy == CVL_FREED || policy == CVL_ARENA)
        return c * separable > c * standard + (a < o ? a : o);
    return separable > standard;
}

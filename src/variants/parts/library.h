/* Stages that CLBlast executes, and checks for what it cannot do. */
#ifndef CVL_VARIANTS_PARTS_LIBRARY_H
#define CVL_VARIANTS_PARTS_LIBRARY_H

#include "plan/builder.h"

/* CVL_OK, or CVL_UNSUPPORTED with the reason. */
enum cvl_status cvl_need_f32(const struct cvl_request *request, struct cvl_error *err);
enum cvl_status cvl_need_nchw(const struct cvl_request *request, struct cvl_error *err);
enum cvl_status cvl_need_one_group(const struct cvl_request *request, struct cvl_error *err);
/* Symmetric padding must give the problem's output size. */
enum cvl_status cvl_need_symmetric_padding(const struct cvl_problem *problem,
                                           struct cvl_error *err);

/* "name", or "name/3" for the fourth of several; fits a stage's name. */
struct cvl_stage_name {
    char text[24];
};
struct cvl_stage_name cvl_stage_name(const char *name, uint64_t index, uint64_t count);

void cvl_gemm_stage(struct cvl_builder *builder, const char *name, const struct cvl_gemm *gemm);

/* Adds a pointwise problem of stride 1 as matrix products: one for NHWC, one per image for NCHW.
 * The weights are not packed. */
void cvl_gemm_pointwise(struct cvl_builder *builder, const struct cvl_problem *problem,
                        uint32_t input, uint32_t weights, uint32_t output);

/* Fills in a library window from a problem. */
struct cvl_library_window cvl_library_window(const struct cvl_problem *problem);

#endif

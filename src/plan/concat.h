/* Concats that copy nothing. */
#ifndef CVL_PLAN_CONCAT_H
#define CVL_PLAN_CONCAT_H

#include <convlens/plan.h>

/* Makes inputs of concats parts of the output, so that whoever makes them writes them where they
 * belong, and drops the stages that copied them. That is done where each input is one piece of the
 * output (one image, in NCHW or of one pixel), at an offset that may begin a part, and where the
 * concat is the last to read it. What the caller has, what the network gives, and what is read
 * twice is copied, and so is what would raise the peak of `freed` or `freed_pinned`: the whole
 * output lives from the first part that is written.
 *
 * @param plan joined and not yet measured
 * @param alignment of the offsets of parts in bytes
 * @return CVL_OK, or CVL_NO_MEMORY; the caller clears the plan */
enum cvl_status cvl_plan_place_concats(struct cvl_plan *plan, uint32_t alignment,
                                       struct cvl_error *err);

#endif

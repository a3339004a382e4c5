/* Bytes of buffers by their lifetimes: of one plan, or of a chain of them. */
#ifndef CVL_PLAN_LIFETIMES_H
#define CVL_PLAN_LIFETIMES_H

#include <convlens/chain.h>

/* Bytes of the buffers that live in a stage, those that stay left out; with `keeps_input` those of
 * role input live whatever the stage. */
uint64_t cvl_buffers_live(const struct cvl_plan_buffer *buffers, uint32_t count, uint32_t stage,
                          bool keeps_input);

/* Fills plan->bytes and plan->offset from the finished parts, buffers and stages.
 * @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_chain_measure(struct cvl_chain_plan *plan, uint32_t alignment,
                                  struct cvl_error *err);

#endif

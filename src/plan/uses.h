/* Which buffers a stage uses. */
#ifndef CVL_PLAN_USES_H
#define CVL_PLAN_USES_H

#include <convlens/plan.h>

enum { CVL_STAGE_USES = CVL_LAUNCH_ARGS };

/* Where a stage names its buffers: pointers into the stage, which may be written through.
 * @param out room for CVL_STAGE_USES
 * @return how many there are; a buffer that is named twice counts twice */
size_t cvl_stage_uses(struct cvl_stage *stage, uint32_t **out);

#endif

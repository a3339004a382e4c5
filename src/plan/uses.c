/* The buffers that a stage names, whatever its kind. */
#include "plan/uses.h"

#include <assert.h>

static size_t launch_uses(struct cvl_launch *launch, uint32_t **out)
{
    assert(launch->arg_count <= CVL_LAUNCH_ARGS);
    size_t count = 0;
    for (uint32_t i = 0; i < launch->arg_count; i++)
        if (launch->args[i].is_buffer)
            out[count++] = (uint32_t *)&launch->args[i].value; /* never negative */
    return count;
}

size_t cvl_stage_uses(struct cvl_stage *stage, uint32_t **out)
{
    size_t count = 0;
    switch (stage->kind) {
    case CVL_STAGE_KERNEL:
        return launch_uses(&stage->work.launch, out);
    case CVL_STAGE_GEMM:
        out[count++] = &stage->work.gemm.a;
        out[count++] = &stage->work.gemm.b;
        out[count++] = &stage->work.gemm.c;
        return count;
    case CVL_STAGE_CONVGEMM:
        out[count++] = &stage->work.window.weights;
        out[count++] = &stage->work.window.source;
        out[count++] = &stage->work.window.target;
        return count;
    case CVL_STAGE_IM2COL:
        out[count++] = &stage->work.window.source;
        out[count++] = &stage->work.window.target;
        return count;
    case CVL_STAGE_KIND_COUNT:
        break;
    }
    return 0;
}

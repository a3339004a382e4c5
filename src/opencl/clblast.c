#include "opencl/clblast.h"

#ifdef CONVLENS_HAVE_CLBLAST

#include <clblast_c.h>

static const struct {
    CLBlastStatusCode code;
    const char *meaning;
} meanings[] = {
    {CLBlastNotImplemented, "not implemented"},
    {CLBlastInvalidMatrixA, "A is not a buffer"},
    {CLBlastInvalidMatrixB, "B is not a buffer"},
    {CLBlastInvalidMatrixC, "C is not a buffer"},
    {CLBlastInvalidDimension, "a dimension is zero"},
    {CLBlastInvalidLeadDimA, "the leading dimension of A is too small"},
    {CLBlastInvalidLeadDimB, "the leading dimension of B is too small"},
    {CLBlastInvalidLeadDimC, "the leading dimension of C is too small"},
    {CLBlastInsufficientMemoryA, "the buffer of A is too small"},
    {CLBlastInsufficientMemoryB, "the buffer of B is too small"},
    {CLBlastInsufficientMemoryC, "the buffer of C is too small"},
    {CLBlastInsufficientMemoryX, "a source buffer is too small"},
    {CLBlastInsufficientMemoryY, "a target buffer is too small"},
    {CLBlastInvalidBatchCount, "the batch is zero"},
    {CLBlastInvalidLocalMemUsage, "the device has too little local memory"},
    {CLBlastDatabaseError, "no tuning entry for the device"},
    {CLBlastUnknownError, "unknown error"},
    {CLBlastUnexpectedError, "unexpected exception"},
};

/* CLBlast shares OpenCL's codes; what it adds lies below -1000. */
static enum cvl_status failed(struct cvl_error *err, CLBlastStatusCode code, const char *call,
                              const char *stage)
{
    if (code == CLBlastOpenCLBuildProgramFailure)
        return cvl_fail(err, CVL_BUILD_FAILED, "%s: %s (%d): stage %s", call,
                        cvl_cl_error_name(code), (int)code, stage);
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].code == code)
            return cvl_fail(err, CVL_FAILED, "%s: %s (%d): stage %s", call, meanings[i].meaning,
                            (int)code, stage);
    return cvl_cl_fail(err, (cl_int)code, call, "stage %s", stage);
}

static CLBlastTranspose transpose(bool transposed)
{
    return transposed ? CLBlastTransposeYes : CLBlastTransposeNo;
}

static enum cvl_status gemm(const struct cvl_stage *stage, const cl_mem *buffers,
                            cl_command_queue queue, struct cvl_error *err)
{
    const struct cvl_gemm *g = &stage->work.gemm;
    CLBlastStatusCode code =
        CLBlastSgemm(CLBlastLayoutRowMajor, transpose(g->a_transposed), transpose(g->b_transposed),
                     g->m, g->n, g->k, 1.0f, buffers[g->a], g->a_offset, g->a_ld, buffers[g->b],
                     g->b_offset, g->b_ld, 0.0f, buffers[g->c], g->c_offset, g->c_ld, &queue, NULL);
    return code == CLBlastSuccess ? CVL_OK : failed(err, code, "CLBlastSgemm", stage->name);
}

static enum cvl_status im2col(const struct cvl_stage *stage, const cl_mem *buffers,
                              cl_command_queue queue, struct cvl_error *err)
{
    const struct cvl_library_window *w = &stage->work.window;
    CLBlastStatusCode code = CLBlastSim2col(
        CLBlastKernelModeCrossCorrelation, (size_t)w->channels, (size_t)w->ih, (size_t)w->iw,
        (size_t)w->kh, (size_t)w->kw, (size_t)w->ph, (size_t)w->pw, (size_t)w->sh, (size_t)w->sw,
        (size_t)w->dilation_h, (size_t)w->dilation_w, buffers[w->source], w->source_offset,
        buffers[w->target], w->target_offset, &queue, NULL);
    return code == CLBlastSuccess ? CVL_OK : failed(err, code, "CLBlastSim2col", stage->name);
}

static enum cvl_status convgemm(const struct cvl_stage *stage, const cl_mem *buffers,
                                cl_command_queue queue, struct cvl_error *err)
{
    const struct cvl_library_window *w = &stage->work.window;
    CLBlastStatusCode code = CLBlastSconvgemm(
        CLBlastKernelModeCrossCorrelation, (size_t)w->channels, (size_t)w->ih, (size_t)w->iw,
        (size_t)w->kh, (size_t)w->kw, (size_t)w->ph, (size_t)w->pw, (size_t)w->sh, (size_t)w->sw,
        (size_t)w->dilation_h, (size_t)w->dilation_w, (size_t)w->oc, (size_t)w->batch,
        buffers[w->source], w->source_offset, buffers[w->weights], 0, buffers[w->target],
        w->target_offset, &queue, NULL);
    return code == CLBlastSuccess ? CVL_OK : failed(err, code, "CLBlastSconvgemm", stage->name);
}

bool cvl_clblast_available(void)
{
    return true;
}

enum cvl_status cvl_clblast_enqueue(const struct cvl_stage *stage, const cl_mem *buffers,
                                    cl_command_queue queue, struct cvl_error *err)
{
    switch (stage->kind) {
    case CVL_STAGE_GEMM:
        return gemm(stage, buffers, queue, err);
    case CVL_STAGE_IM2COL:
        return im2col(stage, buffers, queue, err);
    case CVL_STAGE_CONVGEMM:
        return convgemm(stage, buffers, queue, err);
    case CVL_STAGE_KERNEL:
    case CVL_STAGE_KIND_COUNT:
        break;
    }
    return cvl_fail(err, CVL_FAILED, "clblast: stage %s is not a library stage", stage->name);
}

void cvl_clblast_clear(void)
{
    (void)CLBlastClearCache();
}

#else

bool cvl_clblast_available(void)
{
    return false;
}

enum cvl_status cvl_clblast_enqueue(const struct cvl_stage *stage, const cl_mem *buffers,
                                    cl_command_queue queue, struct cvl_error *err)
{
    (void)buffers;
    (void)queue;
    return cvl_fail(err, CVL_UNSUPPORTED, "built without CLBlast: stage %s", stage->name);
}

void cvl_clblast_clear(void)
{
}

#endif

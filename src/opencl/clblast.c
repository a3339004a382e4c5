/* Calls CLBlast. */
#include "opencl/clblast.h"

#ifdef CONVLENS_HAVE_CLBLAST

#include <string.h>

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

/* CLBlast shares OpenCL's codes and adds its own below -1000. */
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

/* A parameter of the library, and which of our parameters sets it; NULL: a fixed value. Both
 * matrices are read by all work-items that compute, directly from global memory. */
struct parameter {
    const char *name, *ours;
    size_t fixed;
};

static const struct parameter indirect[] = {
    {"GEMMK", "GEMMK", 0}, {"KREG", "KREG", 0},   {"KWG", "KWG", 0}, {"KWI", "KWI", 0},
    {"MDIMA", "MDIMC", 0}, {"MDIMC", "MDIMC", 0}, {"MWG", "MWG", 0}, {"NDIMB", "NDIMC", 0},
    {"NDIMC", "NDIMC", 0}, {"NWG", "NWG", 0},     {"SA", NULL, 0},   {"SB", NULL, 0},
    {"STRM", NULL, 0},     {"STRN", NULL, 0},     {"VWM", "VWM", 0}, {"VWN", "VWN", 0},
};
static const struct parameter direct[] = {
    {"KWID", "KWID", 0},     {"MDIMAD", "MDIMCD", 0}, {"MDIMCD", "MDIMCD", 0},
    {"NDIMBD", "NDIMCD", 0}, {"NDIMCD", "NDIMCD", 0}, {"PADA", NULL, 1},
    {"PADB", NULL, 1},       {"VWMD", "VWMD", 0},     {"VWND", "VWND", 0},
    {"WGD", "WGD", 0},
};

/* Smaller cubes use the direct kernel; this edge is larger than any device can hold. */
enum { ALWAYS_DIRECT = 1 << 20, MAX_PARAMETERS = 16 };

static const struct cvl_tuning *find_value(const struct cvl_tuning *values, size_t count,
                                           const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].name, name) == 0)
            return &values[i];
    return NULL;
}

static enum cvl_status override(cl_device_id device, const char *kernel, size_t count,
                                const char **names, const size_t *values, struct cvl_error *err)
{
    CLBlastStatusCode code =
        CLBlastOverrideParameters(device, kernel, CLBlastPrecisionSingle, count, names, values);
    return code == CLBlastSuccess ? CVL_OK : failed(err, code, "CLBlastOverrideParameters", kernel);
}

static enum cvl_status override_kernel(cl_device_id device, const char *kernel,
                                       const struct parameter *parameters, size_t parameter_count,
                                       const struct cvl_tuning *values, size_t count,
                                       struct cvl_error *err)
{
    const char *names[MAX_PARAMETERS];
    size_t numbers[MAX_PARAMETERS];
    for (size_t i = 0; i < parameter_count; i++) {
        const char *ours = parameters[i].ours;
        const struct cvl_tuning *value = ours ? find_value(values, count, ours) : NULL;
        if (ours && (!value || value->value < 0))
            return cvl_fail(err, CVL_BAD_INPUT, "clblast: %s is missing", ours);
        names[i] = parameters[i].name;
        numbers[i] = value ? (size_t)value->value : parameters[i].fixed;
    }
    return override(device, kernel, parameter_count, names, numbers, err);
}

enum cvl_status cvl_clblast_tune(cl_device_id device, const struct cvl_tuning *values, size_t count,
                                 struct cvl_error *err)
{
    const char *edge_name = "XGEMM_MIN_INDIRECT_SIZE";
    const struct cvl_tuning *edge = find_value(values, count, "MIN_INDIRECT");
    const bool is_direct = find_value(values, count, "WGD") != NULL;
    const size_t min_edge =
        is_direct || !edge || edge->value < 0 ? ALWAYS_DIRECT : (size_t)edge->value;
    enum cvl_status status =
        is_direct ? override_kernel(device, "XgemmDirect", direct, sizeof direct / sizeof direct[0],
                                    values, count, err)
                  : override_kernel(device, "Xgemm", indirect, sizeof indirect / sizeof indirect[0],
                                    values, count, err);
    if (status == CVL_OK && (is_direct || edge))
        status = override(device, "GemmRoutine", 1, &edge_name, &min_edge, err);
    return status;
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

enum cvl_status cvl_clblast_tune(cl_device_id device, const struct cvl_tuning *values, size_t count,
                                 struct cvl_error *err)
{
    (void)device;
    (void)values;
    (void)count;
    return cvl_fail(err, CVL_UNSUPPORTED, "built without CLBlast: no matrix product to tune");
}

void cvl_clblast_clear(void)
{
}

#endif

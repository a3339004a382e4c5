#include <convlens/run.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opencl/clblast.h"
#include "run/chain_passes.h"
#include "run/memory/kernel_memory.h"
#include "run/passes.h"
#include "run/time/event_clock.h"
#include "run/time/peaks.h"
#include "run/verify/dump.h"
#include "run/verify/training_check.h"
#include "run/verify/training_tensors.h"

struct cvl_session {
    struct cvl_opened opened;
    struct cvl_tuning library[CVL_PLAN_TUNINGS]; /* what the library was set to */
    uint32_t library_count;
    struct cvl_tensors tensors; /* of the last case: rows of one problem follow each other */
    struct cvl_chain_reference reference; /* of the last network */
};

enum cvl_status cvl_session_create(const char *device_id, struct cvl_session **out,
                                   struct cvl_error *err)
{
    struct cvl_session *session = calloc(1, sizeof *session);
    if (!session)
        return cvl_fail(err, CVL_NO_MEMORY, "run: no memory for a session");
    enum cvl_status status = cvl_opened_create(device_id, &session->opened, err);
    if (status != CVL_OK) {
        free(session);
        return status;
    }
    cvl_event_clock_calibrate(&session->opened);
    *out = session;
    return CVL_OK;
}

void cvl_session_destroy(struct cvl_session **session)
{
    if (!session || !*session)
        return;
    cvl_tensors_clear(&(*session)->tensors);
    cvl_chain_reference_clear(&(*session)->reference);
    cvl_opened_close(&(*session)->opened);
    free(*session);
    *session = NULL;
}

const struct cvl_device_facts *cvl_session_device(const struct cvl_session *session)
{
    return &session->opened.facts;
}

enum cvl_status cvl_session_measure(struct cvl_session *session,
                                    const struct cvl_run_options *options,
                                    struct cvl_device_peaks *out, struct cvl_error *err)
{
    enum cvl_status status = cvl_peaks_measure(&session->opened, options, out, err);
    session->opened.facts.peaks = *out;
    return status;
}

enum cvl_status cvl_session_tune_library(struct cvl_session *session,
                                         const struct cvl_tuning *values, size_t count,
                                         struct cvl_error *err)
{
    if (count > CVL_PLAN_TUNINGS)
        return cvl_fail(err, CVL_BAD_INPUT, "run: more values than the library has");
    const enum cvl_status status = cvl_clblast_tune(session->opened.device, values, count, err);
    if (status != CVL_OK)
        return status;
    memcpy(session->library, values, count * sizeof *values);
    session->library_count = (uint32_t)count;
    return CVL_OK;
}

/* What the library was set to is part of a plan that has it multiply. */
static void state_library(const struct cvl_session *session, struct cvl_plan *plan)
{
    bool multiplies = false;
    for (uint32_t s = 0; s < plan->stage_count; s++)
        multiplies |= plan->stages[s].kind == CVL_STAGE_GEMM;
    for (uint32_t i = 0; multiplies && i < session->library_count; i++)
        if (plan->tuning_count < CVL_PLAN_TUNINGS)
            plan->tuning[plan->tuning_count++] = session->library[i];
}

static void name_case(const struct cvl_session *session, const struct cvl_variant *variant,
                      const struct cvl_request *request, struct cvl_row *row)
{
    cvl_copy(row->device, sizeof row->device, session->opened.facts.id);
    cvl_copy(row->variant, sizeof row->variant, cvl_variant_name(variant));
    row->problem = request->problem;
    row->layout = request->layout;
    row->dtype = request->dtype;
    row->passes = request->passes;
    row->optimizer = request->optimizer;
}

static enum cvl_row_status judge(enum cvl_status status)
{
    switch (status) {
    case CVL_OK:
        return CVL_ROW_OK;
    case CVL_UNSUPPORTED:
        return CVL_ROW_UNSUPPORTED;
    case CVL_OUT_OF_MEMORY:
        return CVL_ROW_OUT_OF_MEMORY;
    case CVL_BUILD_FAILED:
        return CVL_ROW_BUILD_FAILED;
    case CVL_WRONG_ANSWER:
        return CVL_ROW_WRONG_ANSWER;
    default: /* timeout and crashed are for who watches from outside */
        return CVL_ROW_FAILED;
    }
}

static bool fits(const struct cvl_plan *plan, const struct cvl_device_facts *facts,
                 struct cvl_row *row)
{
    for (uint32_t i = 0; i < plan->buffer_count; i++) {
        const struct cvl_plan_buffer *buffer = &plan->buffers[i];
        if (buffer->bytes + CVL_GUARD_BYTES <= facts->max_allocation_bytes)
            continue;
        (void)snprintf(row->reason, sizeof row->reason,
                       "%s needs %llu bytes in one buffer; the device allows %llu", buffer->name,
                       (unsigned long long)buffer->bytes,
                       (unsigned long long)facts->max_allocation_bytes);
        return false;
    }
    uint64_t needed = row->computed.peak[CVL_ALL_LIVE];
    if (row->computed.load_peak > needed)
        needed = row->computed.load_peak;
    if (needed <= facts->memory_bytes)
        return true;
    (void)snprintf(row->reason, sizeof row->reason,
                   "needs %llu bytes at its peak; the device has %llu", (unsigned long long)needed,
                   (unsigned long long)facts->memory_bytes);
    return false;
}

static enum cvl_status prepare_tensors(struct cvl_session *session,
                                       const struct cvl_request *request, struct cvl_error *err)
{
    struct cvl_tensors *tensors = &session->tensors;
    const bool trains = request->passes == CVL_TRAINING;
    const bool suits =
        tensors->training ? trains && tensors->training->optimizer == request->optimizer : !trains;
    if (tensors->output && tensors->dtype == request->dtype && suits &&
        cvl_problem_equal(&tensors->problem, &request->problem))
        return CVL_OK;
    cvl_tensors_clear(tensors);
    enum cvl_status status = cvl_tensors_create(&request->problem, request->dtype, tensors, err);
    const bool separable = request->problem.form == CVL_SEPARABLE;
    const float *const weights[2] = {separable ? tensors->weights_dw : tensors->weights,
                                     tensors->weights_pw};
    if (status == CVL_OK && trains)
        status = cvl_training_tensors_create(&request->problem, request->optimizer, tensors->input,
                                             weights, &tensors->training, err);
    return status;
}

static enum cvl_status run_passes(struct cvl_session *session, const struct cvl_plan *plan,
                                  const struct cvl_run_options *options, struct cvl_row *row,
                                  struct cvl_error *err)
{
    struct cvl_executor executor;
    struct cvl_pass pass = {
        .executor = &executor, .tensors = &session->tensors, .options = options, .row = row};
    cvl_pass_announce(&pass, "build");
    enum cvl_status status =
        cvl_executor_create(&session->opened, plan, &session->tensors, &executor, err);
    if (status != CVL_OK)
        return status;
    const bool trains = plan->passes == CVL_TRAINING;
    size_t bytes = trains ? cvl_training_bytes_left(plan)
                          : cvl_extent_elements(cvl_output_extent(&plan->problem)) *
                                cvl_dtype_bytes(plan->dtype);
    pass.output = calloc(1, bytes);
    pass.verified = calloc(1, bytes);
    if (!pass.output || !pass.verified)
        status = cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the output");
    if (status == CVL_OK)
        status = cvl_verify_pass(&pass, err);
    if (options->dump_folder && row->has_check && !trains) {
        enum cvl_status dumped =
            cvl_tensors_dump(&session->tensors, plan, session->opened.facts.id,
                             options->dump_folder, pass.output, status == CVL_OK ? err : NULL);
        status = status == CVL_OK ? dumped : status;
    }
    if (status == CVL_OK && !options->time_only)
        status = cvl_memory_pass(&pass, err);
    if (status == CVL_OK && !options->time_only) {
        cvl_pass_announce(&pass, "kernels");
        cvl_kernel_memory(&executor, options->program_sizes, row);
    }
    if (status == CVL_OK)
        status = cvl_timing_pass(&pass, err);
    free(pass.output);
    free(pass.verified);
    cvl_executor_clear(&executor);
    return status;
}

/* flops: 2 for each multiply-add. bytes_min: input, weights and output cross the memory once. */
static void note_roofline(const struct cvl_request *request, struct cvl_row *row)
{
    struct cvl_sizes sizes = cvl_problem_sizes(&request->problem);
    row->roofline.flops = cvl_problem_flops(&request->problem, request->passes);
    uint64_t elements = sizes.input_elements + sizes.weights_elements + sizes.output_elements;
    if (request->passes == CVL_TRAINING) /* input and its gradient; weights and state change */
        elements += sizes.input_elements +
                    sizes.weights_elements * (1 + 2 * cvl_optimizer_copies(request->optimizer));
    row->roofline.bytes_min = cvl_dtype_bytes(request->dtype) * elements;
    if (!row->has_time || !(row->time.median_s > 0.0)) /* shorter than the clock's step */
        return;
    row->roofline.gflops = (double)row->roofline.flops / row->time.median_s * 1e-9;
    row->roofline.gbps = (double)row->roofline.bytes_min / row->time.median_s * 1e-9;
}

enum cvl_status cvl_session_run(struct cvl_session *session, const struct cvl_variant *variant,
                                const struct cvl_request *request,
                                const struct cvl_run_options *options, struct cvl_row *row)
{
    struct cvl_plan plan = {0};
    struct cvl_error err = {0};
    const struct cvl_device_facts *facts = &session->opened.facts;
    name_case(session, variant, request, row);
    enum cvl_status status = cvl_variant_plan(variant, request, facts, &plan, &err);
    if (status == CVL_OK) {
        state_library(session, &plan);
        status = cvl_row_describe(row, &plan, facts->base_align_bytes, &err);
    }
    if (status == CVL_OK &&
        (!cvl_row_keeps_limit(row, options->memory_limit_bytes) || !fits(&plan, facts, row))) {
        row->status = CVL_ROW_SKIPPED;
        goto done;
    }
    if (status == CVL_OK && options->progress)
        options->progress(options->user, "reference");
    if (status == CVL_OK)
        status = prepare_tensors(session, request, &err);
    if (status == CVL_OK)
        status = run_passes(session, &plan, options, row, &err);
    row->status = judge(status);
    if (status == CVL_OK)
        note_roofline(request, row);
    else
        cvl_copy(row->reason, sizeof row->reason, err.text);
done:
    cvl_plan_clear(&plan);
    return row->status == CVL_ROW_UNSUPPORTED || row->status == CVL_ROW_SKIPPED ? CVL_OK : status;
}

/* Is a plan's buffer, or all that lives at once, too much for the device? */
static bool chain_fits(const struct cvl_chain_plan *plan, const struct cvl_device_facts *facts,
                       struct cvl_chain_row *row)
{
    struct cvl_row like;
    cvl_row_init(&like);
    like.computed = row->computed.plan;
    bool fit = true;
    for (size_t i = 0; i < plan->chain->step_count && fit; i++)
        fit = fits(&plan->parts[i].plan, facts, &like);
    cvl_copy(row->reason, sizeof row->reason, like.reason);
    return fit;
}

enum cvl_status cvl_session_run_chain(struct cvl_session *session, const struct cvl_network *chain,
                                      const struct cvl_chain_choice *choices,
                                      enum cvl_layout layout, enum cvl_dtype dtype,
                                      const struct cvl_run_options *options,
                                      struct cvl_chain_row *row)
{
    struct cvl_chain_plan plan = {0};
    struct cvl_error err = {0};
    const struct cvl_device_facts *facts = &session->opened.facts;
    enum cvl_status status =
        cvl_chain_plan_create(chain, choices, layout, dtype, facts, &plan, &err);
    if (status == CVL_OK)
        status = cvl_chain_row_describe(row, &plan, &err);
    if (status == CVL_OK && (!cvl_chain_row_keeps_limit(row, options->memory_limit_bytes) ||
                             !chain_fits(&plan, facts, row))) {
        row->status = CVL_ROW_SKIPPED;
        goto done;
    }
    if (status == CVL_OK)
        status = cvl_chain_run(&session->opened, &plan, &session->reference, options, row, &err);
    row->status = judge(status);
    if (status != CVL_OK)
        cvl_copy(row->reason, sizeof row->reason, err.text);
done:
    cvl_chain_plan_clear(&plan);
    return row->status == CVL_ROW_UNSUPPORTED || row->status == CVL_ROW_SKIPPED ? CVL_OK : status;
}

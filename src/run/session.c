/* Running cases on an opened device. */
#include <convlens/run.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "opencl/clblast.h"
#include "plan/values.h"
#include "result/row_time.h"
#include "run/described.h"
#include "run/memory/kernel_memory.h"
#include "run/passes.h"
#include "run/time/event_clock.h"
#include "run/time/peaks.h"
#include "run/time/reference.h"
#include "run/verify/dump.h"
#include "run/verify/training_check.h"
#include "sweep/cases.h"

struct cvl_session {
    struct cvl_opened opened;
    struct cvl_values library;    /* what the library was set to */
    struct cvl_expected expected; /* of the last case: rows of one problem follow each other */
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
    session->opened.reference = cvl_reference_create();
    *out = session;
    return CVL_OK;
}

void cvl_session_destroy(struct cvl_session **session)
{
    if (!session || !*session)
        return;
    cvl_expected_clear(&(*session)->expected);
    cvl_reference_destroy(&(*session)->opened.reference);
    cvl_opened_close(&(*session)->opened);
    free(*session);
    *session = NULL;
}

const struct cvl_device_facts *cvl_session_device(const struct cvl_session *session)
{
    return &session->opened.facts;
}

/* What times are taken by stays what it was until another clock is asked for. */
static void use_clock(struct cvl_session *session, const struct cvl_run_options *options)
{
    struct cvl_device_facts *facts = &session->opened.facts;
    const char *clock = options ? options->clock : NULL;
    if (clock && strcmp(clock, cvl_clock_name(CVL_CLOCK_EVENT)) == 0)
        facts->event_clock = CVL_CLOCK_TRUSTED;
    else if (clock && strcmp(clock, cvl_clock_name(CVL_CLOCK_HOST)) == 0)
        facts->event_clock = CVL_CLOCK_DISTRUSTED;
}

enum cvl_status cvl_session_measure(struct cvl_session *session,
                                    const struct cvl_run_options *options,
                                    struct cvl_device_peaks *out, struct cvl_error *err)
{
    use_clock(session, options);
    enum cvl_status status = cvl_peaks_measure(&session->opened, options, out, err);
    session->opened.facts.peaks = *out;
    return status;
}

/* Values that were set stay until others are. */
static enum cvl_status tune_library(struct cvl_session *session,
                                    const struct cvl_run_options *options, struct cvl_error *err)
{
    struct cvl_values values;
    if (!options->library || options->library[0] == '\0')
        return CVL_OK;
    enum cvl_status status = cvl_values_parse(options->library, &values, err);
    if (status != CVL_OK || cvl_values_equal(&values, &session->library))
        return status;
    status = cvl_clblast_tune(session->opened.device, values.at, values.count, err);
    if (status == CVL_OK)
        session->library = values;
    return status;
}

static bool multiplies(const struct cvl_plan *plan)
{
    bool found = false;
    for (uint32_t s = 0; s < plan->stage_count; s++)
        found |= plan->stages[s].kind == CVL_STAGE_GEMM;
    return found;
}

/* What the library was set to is part of a row whose plan has it multiply. */
static void state_library(const struct cvl_session *session, const struct cvl_plan *plan,
                          struct cvl_row *row)
{
    for (uint32_t i = 0; multiplies(plan) && i < session->library.count; i++)
        if (row->tuning_count < CVL_PLAN_TUNINGS)
            row->tuning[row->tuning_count++] = session->library.at[i];
}

static enum cvl_row_status judge(enum cvl_status status)
{
    switch (status) {
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

/* Is a plan's buffer, or all that lives at once, too much for the device? */
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
    uint64_t needed = plan->bytes.peak[CVL_ALL_LIVE];
    if (plan->bytes.load_peak > needed)
        needed = plan->bytes.load_peak;
    if (needed <= facts->memory_bytes)
        return true;
    (void)snprintf(row->reason, sizeof row->reason,
                   "needs %llu bytes at its peak; the device has %llu", (unsigned long long)needed,
                   (unsigned long long)facts->memory_bytes);
    return false;
}

static enum cvl_status prepare_expected(struct cvl_session *session, const struct cvl_case *item,
                                        bool with_answer, const struct cvl_run_options *options,
                                        struct cvl_error *err)
{
    if (options->progress)
        options->progress(options->user, "reference");
    if (cvl_expected_is_of(&session->expected, item) &&
        (session->expected.has_answer || !with_answer))
        return CVL_OK;
    cvl_expected_clear(&session->expected);
    return cvl_expected_create(item, with_answer, &session->expected, err);
}

static enum cvl_status dump(struct cvl_pass *pass, struct cvl_error *err)
{
    const struct cvl_plan *plan = pass->executor->plan;
    if (!pass->options->dump_folder || !pass->row->has_check || plan->passes == CVL_TRAINING)
        return CVL_OK;
    return cvl_tensors_dump(pass->expected, plan, pass->row->key.device, pass->options->dump_folder,
                            pass->output, err);
}

/* What was read is dumped even where it is wrong. */
static enum cvl_status verify_memory_time(struct cvl_pass *pass, struct cvl_error *err)
{
    const struct cvl_run_options *options = pass->options;
    cvl_load_mark(pass->executor->opened->load);
    enum cvl_status status = cvl_verify_pass(pass, err);
    const enum cvl_status dumped = dump(pass, status == CVL_OK ? err : NULL);
    status = status == CVL_OK ? dumped : status;
    if (status == CVL_OK && !options->time_only)
        status = cvl_memory_pass(pass, err);
    if (status == CVL_OK && !options->time_only) {
        cvl_pass_announce(pass, "kernels");
        cvl_kernel_memory(pass->executor, options->program_sizes, pass->row);
    }
    return status == CVL_OK ? cvl_timing_pass(pass, err) : status;
}

/* Runs the three passes, or the timing pass alone, and checks that no buffer of ours is left. */
static enum cvl_status run_each(struct cvl_pass *pass, struct cvl_error *err)
{
    struct cvl_ledger *ledger = pass->executor->opened->ledger;
    struct cvl_ledger_reading before = {0};
    if (ledger) {
        (void)cvl_ledger_settle(ledger, 2.0);
        cvl_ledger_read(ledger, &before);
    }
    enum cvl_status status =
        pass->is_further ? cvl_timing_pass(pass, err) : verify_memory_time(pass, err);
    cvl_executor_release(pass->executor);
    enum cvl_status released = cvl_pass_check_leaks(pass, &before, status == CVL_OK ? err : NULL);
    return status == CVL_OK ? released : status;
}

static size_t output_bytes(const struct cvl_plan *plan)
{
    return plan->passes == CVL_TRAINING ? cvl_training_bytes_left(plan)
                                        : cvl_executor_output_bytes(plan);
}

static enum cvl_status verify_and_run(struct cvl_pass *pass, struct cvl_error *err)
{
    const size_t bytes = output_bytes(pass->executor->plan);
    pass->output = calloc(1, bytes);
    pass->verified = calloc(1, bytes);
    const enum cvl_status status =
        pass->output && pass->verified
            ? run_each(pass, err)
            : cvl_fail(err, CVL_NO_MEMORY, "run: no host memory for the output");
    free(pass->output);
    free(pass->verified);
    return status;
}

static enum cvl_status run_passes(struct cvl_session *session, const struct cvl_case *item,
                                  const struct cvl_plan *plan, bool is_further,
                                  const struct cvl_run_options *options, struct cvl_row *row,
                                  struct cvl_error *err)
{
    struct cvl_executor executor;
    struct cvl_pass pass = {.executor = &executor,
                            .item = item,
                            .expected = &session->expected,
                            .options = options,
                            .is_further = is_further,
                            .row = row};
    cvl_pass_announce(&pass, "build");
    enum cvl_status status =
        cvl_executor_create(&session->opened, plan, session->expected.steps, &executor, err);
    if (status != CVL_OK)
        return status;
    if (options->skip_unfit)
        status = cvl_fit_pass(&pass, err);
    if (status == CVL_OK && row->status != CVL_ROW_SKIPPED)
        status = is_further ? run_each(&pass, err) : verify_and_run(&pass, err);
    cvl_executor_clear(&executor);
    return status;
}

/* Bytes that must cross the memory: input, weights and output once; of a step of training also the
 * input's gradient, and weights and state that change. */
static uint64_t min_bytes(const struct cvl_case *item)
{
    const struct cvl_network *network = item->network;
    const struct cvl_shape input = cvl_network_shape(network, CVL_NETWORK_INPUT);
    uint64_t elements = cvl_shape_elements(&input);
    for (size_t i = 0; i < network->step_count; i++) {
        const struct cvl_network_step *step = &network->steps[i];
        const struct cvl_shape output = cvl_network_shape(network, (uint32_t)i);
        if (step->weights_of == 0)
            elements += step->op.kind == CVL_OP_CONVOLUTION
                            ? cvl_problem_sizes(&step->problem).weights_elements
                            : (uint64_t)step->op.weights;
        if (cvl_network_last_reader(network, (uint32_t)i) == CVL_NETWORK_INPUT)
            elements += cvl_shape_elements(&output);
    }
    if (item->passes == CVL_TRAINING) { /* a single layer */
        const struct cvl_sizes only = cvl_problem_sizes(&network->steps[0].problem);
        elements += only.input_elements +
                    only.weights_elements * (1 + 2 * cvl_optimizer_copies(item->optimizer));
    }
    return cvl_dtype_bytes(item->dtype) * elements;
}

/* Before the passes: the time of a row that reads little depends little on the memory. */
static void note_work(const struct cvl_case *item, struct cvl_row *row)
{
    row->roofline.flops = cvl_network_flops(item->network, item->passes);
    row->roofline.bytes_min = min_bytes(item);
}

/* Plans, and skips what is too much for the device or the limit. */
static enum cvl_status plan_case(struct cvl_session *session, const struct cvl_case *item,
                                 const struct cvl_step_choice *choices,
                                 const struct cvl_run_options *options, struct cvl_plan *plan,
                                 struct cvl_row *row, struct cvl_error *err)
{
    const struct cvl_device_facts *facts = &session->opened.facts;
    struct cvl_device_facts planned;
    enum cvl_status status = cvl_described_find(options, facts, &planned, err);
    if (status == CVL_OK && options->as)
        cvl_copy(row->planned_for, sizeof row->planned_for, planned.id);
    if (status == CVL_OK)
        status = tune_library(session, options, err);
    if (status == CVL_OK)
        status = cvl_case_plan(item, choices, &planned, plan, err);
    if (status == CVL_OK)
        status = cvl_described_check(options, plan, &planned, facts, err);
    if (status == CVL_OK)
        status = cvl_row_describe(row, plan, &planned, err);
    if (status != CVL_OK)
        return status;
    session->opened.build_facts = cvl_described_build_facts(&planned, facts);
    state_library(session, plan, row);
    if (!cvl_row_keeps_limit(row, options->memory_limit_bytes) || !fits(plan, facts, row))
        row->status = CVL_ROW_SKIPPED;
    return CVL_OK;
}

static enum cvl_status run_case(struct cvl_session *session, const struct cvl_case *item,
                                const struct cvl_step_choice *choices, bool is_further,
                                const struct cvl_run_options *options, struct cvl_row *row)
{
    struct cvl_plan plan = {0};
    struct cvl_error err = {0};
    row->key = cvl_case_key(item, session->opened.facts.id);
    if (cvl_network_is_layer(item->network))
        row->layer_count = item->network->steps[0].repetitions;
    use_clock(session, options);
    enum cvl_status status = plan_case(session, item, choices, options, &plan, row, &err);
    if (status == CVL_OK && row->status != CVL_ROW_SKIPPED) {
        note_work(item, row);
        status = prepare_expected(session, item, !is_further, options, &err);
        if (status == CVL_OK)
            status = run_passes(session, item, &plan, is_further, options, row, &err);
        if (status != CVL_OK || row->status == CVL_ROW_SKIPPED)
            row->roofline.flops = row->roofline.bytes_min = CVL_ABSENT;
    }
    cvl_plan_clear(&plan);
    if (status == CVL_OK)
        return CVL_OK;
    row->status = judge(status);
    cvl_copy(row->reason, sizeof row->reason, err.text);
    return status == CVL_UNSUPPORTED ? CVL_OK : status;
}

enum cvl_status cvl_session_run_case(struct cvl_session *session, const struct cvl_case *item,
                                     const struct cvl_step_choice *choices,
                                     const struct cvl_run_options *options, struct cvl_row *row)
{
    return run_case(session, item, choices, false, options, row);
}

enum cvl_status cvl_session_time(struct cvl_session *session, const struct cvl_case *item,
                                 const struct cvl_step_choice *choices,
                                 const struct cvl_run_options *options, struct cvl_row *row)
{
    return run_case(session, item, choices, true, options, row);
}

enum cvl_status cvl_session_run(struct cvl_session *session, const struct cvl_variant *variant,
                                const struct cvl_request *request,
                                const struct cvl_run_options *options, struct cvl_row *row)
{
    struct cvl_network_step step = {.repetition = 1, .repetitions = 1, .problem = request->problem};
    const struct cvl_network network = {
        .form = request->problem.form, .steps = &step, .step_count = 1};
    const struct cvl_case item = {
        .network = &network,
        .variant = variant,
        .layout = request->layout,
        .dtype = request->dtype,
        .passes = request->passes,
        .optimizer = request->optimizer,
    };
    const struct cvl_step_choice choice = {variant, request->tuning, request->tuning_count};
    return cvl_session_run_case(session, &item, &choice, options, row);
}

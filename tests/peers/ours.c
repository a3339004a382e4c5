#include "ours.h"

#include <math.h>
#include <stdlib.h>

#include "run/time/timed.h"
#include "run/verify/check.h"

struct peers_entrant {
    const struct cvl_variant *variant;
    struct cvl_plan plan;
    struct cvl_executor executor;
    struct cvl_timed timed;
};

static enum cvl_status prepare(struct peers_entrant *entrant, const struct peers_device *device,
                               const struct cvl_tensors *tensors, enum cvl_layout layout,
                               struct cvl_error *err)
{
    struct cvl_request request = {
        .problem = tensors->problem, .layout = layout, .dtype = tensors->dtype};
    struct cvl_values tuned;
    enum cvl_status status =
        peers_device_tuned(device, peers_entrant_name(entrant), &request, &tuned, err);
    request.tuning = tuned.at;
    request.tuning_count = tuned.count;
    if (status == CVL_OK)
        status = cvl_variant_plan(entrant->variant, &request, &device->opened.facts, &entrant->plan,
                                  err);
    if (status == CVL_OK)
        status =
            cvl_executor_create(&device->opened, &entrant->plan, tensors, &entrant->executor, err);
    if (status == CVL_OK)
        status = cvl_timed_create(&entrant->executor, &entrant->timed, err);
    return status;
}

static enum cvl_status verify(struct peers_entrant *entrant, const struct cvl_tensors *tensors,
                              struct cvl_error *err)
{
    struct cvl_sample unused;
    char wrong[160];
    const double tolerance = cvl_check_plan_tolerance(&entrant->plan, tensors->max_abs);
    struct cvl_extent extent = cvl_output_extent(&tensors->problem);
    void *output = malloc(cvl_extent_elements(extent) * cvl_dtype_bytes(tensors->dtype));
    if (!output)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the output");
    enum cvl_status status = cvl_timed_sample(&entrant->timed, &unused, err);
    if (status == CVL_OK)
        status = cvl_executor_read_outputs(&entrant->executor, output, err);
    if (status == CVL_OK &&
        !cvl_check_output(tensors, entrant->plan.layout, tolerance, output, wrong, sizeof wrong)
             .passed)
        status = cvl_fail(err, CVL_WRONG_ANSWER, "wrong answer: %s", wrong);
    free(output);
    return status;
}

enum cvl_status peers_entrant_create(const struct peers_device *device,
                                     const struct cvl_variant *variant,
                                     const struct cvl_tensors *tensors, enum cvl_layout layout,
                                     struct peers_entrant **out, struct cvl_error *err)
{
    struct peers_entrant *entrant = calloc(1, sizeof *entrant);
    if (!entrant)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for %s", cvl_variant_name(variant));
    entrant->variant = variant;
    enum cvl_status status = prepare(entrant, device, tensors, layout, err);
    if (status == CVL_OK)
        status = verify(entrant, tensors, err);
    if (status == CVL_OK) {
        peers_entrant_turn(entrant, false);
        *out = entrant;
    } else {
        peers_entrant_destroy(&entrant);
    }
    return status;
}

void peers_entrant_destroy(struct peers_entrant **entrant)
{
    if (!entrant || !*entrant)
        return;
    cvl_timed_clear(&(*entrant)->timed);
    cvl_executor_clear(&(*entrant)->executor);
    cvl_plan_clear(&(*entrant)->plan);
    free(*entrant);
    *entrant = NULL;
}

enum cvl_status peers_entrant_sample(struct peers_entrant *entrant, double *seconds, double *host_s,
                                     struct cvl_error *err)
{
    struct cvl_sample sample = {NAN, NAN};
    enum cvl_status status = cvl_timed_sample(&entrant->timed, &sample, err);
    *seconds = isnan(sample.event_s) ? sample.host_s : sample.event_s;
    if (host_s)
        *host_s = sample.host_s;
    return status;
}

void peers_entrant_turn(struct peers_entrant *entrant, bool begins)
{
    cvl_awake_end(&entrant->timed.awake);
    if (begins)
        entrant->timed.awake = cvl_awake_begin(&entrant->executor.opened->facts);
}

const char *peers_entrant_name(const struct peers_entrant *entrant)
{
    return cvl_variant_name(entrant->variant);
}

bool peers_entrant_is_library(const struct peers_entrant *entrant)
{
    for (uint32_t s = 0; s < entrant->plan.stage_count; s++)
        if (entrant->plan.stages[s].kind != CVL_STAGE_KERNEL)
            return true;
    return false;
}

/* Chooses the values that a case runs with. */
#include "tuning/choice.h"

#include <string.h>

#include "tuning/library.h"

static enum cvl_status no_memory(struct cvl_error *err)
{
    return cvl_fail(err, CVL_NO_MEMORY, "tuning: out of memory");
}

/* Returns the request with these values, which must outlive it. */
static struct cvl_request apply(const struct cvl_request *request, const struct cvl_values *values)
{
    struct cvl_request tuned = *request;
    tuned.tuning = values->at;
    tuned.tuning_count = values->count;
    return tuned;
}

enum cvl_status cvl_tuning_resolve(const struct cvl_device_facts *device,
                                   const struct cvl_variant *variant,
                                   const struct cvl_request *request,
                                   const struct cvl_values *asked, struct cvl_values *used)
{
    const struct cvl_request tuned = apply(request, asked);
    struct cvl_plan plan = {0};
    *used = (struct cvl_values){0};
    const enum cvl_status status = cvl_variant_plan(variant, &tuned, device, &plan, NULL);
    if (status != CVL_OK)
        return status;
    used->count = plan.steps[0].tuning_count;
    memcpy(used->at, plan.steps[0].tuning, used->count * sizeof used->at[0]);
    cvl_plan_clear(&plan);
    return CVL_OK;
}

/* Takes the command line's values that the plan uses. If they make no plan, takes all of them, and
 * the row then says what is wrong. */
static enum cvl_status choose_given(const struct cvl_values *given,
                                    const struct cvl_device_facts *device,
                                    const struct cvl_variant *variant,
                                    const struct cvl_request *request,
                                    struct cvl_tuning_choice *out, struct cvl_error *err)
{
    struct cvl_values used;
    const enum cvl_status status = cvl_tuning_resolve(device, variant, request, given, &used);
    const bool planned = status == CVL_OK;
    if (status == CVL_NO_MEMORY)
        return no_memory(err);
    for (uint32_t i = 0; i < given->count; i++)
        if (!cvl_library_has(given->at[i].name) &&
            (!planned || cvl_values_find(&used, given->at[i].name)))
            (void)cvl_values_set(&out->values, given->at[i].name, given->at[i].value);
    if (out->values.count > 0)
        out->source = CVL_TUNING_GIVEN;
    return CVL_OK;
}

static enum cvl_status choose_settled(struct cvl_tuning_database *database,
                                      const struct cvl_device_facts *device,
                                      const struct cvl_problem_class *kind,
                                      struct cvl_tuning_choice *out, struct cvl_error *err)
{
    const struct cvl_tuning_key key = {device, kind};
    struct cvl_settlement settlement;
    bool found = false;
    const enum cvl_status status = cvl_tuning_find(database, &key, &settlement, &found, err);
    if (status == CVL_OK && found && settlement.asked.count > 0)
        *out = (struct cvl_tuning_choice){settlement.asked, CVL_TUNING_DATABASE};
    return status;
}

static bool is_given(const struct cvl_tuning_origin *origin)
{
    return origin->given.count > 0 || origin->step_count > 0;
}

/* Values given for one layer override those given for all layers. */
static struct cvl_values given_for(const struct cvl_tuning_origin *origin, size_t step)
{
    struct cvl_values values = origin->given;
    if (step == 0 || step > origin->step_count)
        return values;
    const struct cvl_values *own = &origin->steps[step - 1];
    for (uint32_t i = 0; i < own->count; i++)
        (void)cvl_values_set(&values, own->at[i].name, own->at[i].value);
    return values;
}

enum cvl_status cvl_tuning_choose(const struct cvl_tuning_origin *origin,
                                  const struct cvl_device_facts *device,
                                  const struct cvl_variant *variant,
                                  const struct cvl_request *request, size_t step,
                                  struct cvl_tuning_choice *out, struct cvl_error *err)
{
    struct cvl_problem_class kind;
    struct cvl_values used;
    const struct cvl_values given = given_for(origin, step);
    *out = (struct cvl_tuning_choice){.source = CVL_TUNING_DEFAULT};
    if (given.count > 0)
        return choose_given(&given, device, variant, request, out, err);
    if (is_given(origin) || !origin->database)
        return CVL_OK;
    cvl_problem_class(cvl_variant_name(variant), request, &kind);
    enum cvl_status status = choose_settled(origin->database, device, &kind, out, err);
    if (status != CVL_OK)
        return status;
    status = cvl_tuning_resolve(device, variant, request, &out->values, &used);
    if (status != CVL_OK)
        *out = (struct cvl_tuning_choice){.source = CVL_TUNING_DEFAULT};
    return status == CVL_NO_MEMORY ? no_memory(err) : CVL_OK;
}

enum cvl_status cvl_tuning_choose_library(const struct cvl_tuning_origin *origin,
                                          const struct cvl_device_facts *device,
                                          struct cvl_tuning_choice *out, struct cvl_error *err)
{
    struct cvl_problem_class kind;
    *out = (struct cvl_tuning_choice){.source = CVL_TUNING_DEFAULT};
    if (is_given(origin)) {
        out->values = cvl_library_part(&origin->given);
        out->source = out->values.count > 0 ? CVL_TUNING_GIVEN : CVL_TUNING_DEFAULT;
        return CVL_OK;
    }
    if (!origin->database)
        return CVL_OK;
    cvl_library_class(&kind);
    const enum cvl_status status = choose_settled(origin->database, device, &kind, out, err);
    if (status == CVL_OK && !cvl_library_allows(&out->values))
        *out = (struct cvl_tuning_choice){.source = CVL_TUNING_DEFAULT};
    return status;
}

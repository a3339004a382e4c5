/* Lists and checks the tile parameters of a variant. */
#include <inttypes.h>
#include <string.h>

#include "variants/parts/half.h"
#include "variants/variant.h"

static bool is_offered_on(const struct cvl_parameter *parameter,
                          const struct cvl_device_facts *device)
{
    return parameter->places & (device->type == CVL_DEVICE_CPU ? CVL_ON_CPU : CVL_ON_OTHERS);
}

size_t cvl_variant_parameters(const struct cvl_variant *variant, enum cvl_layout layout,
                              const struct cvl_device_facts *device,
                              const struct cvl_parameter **out)
{
    size_t count = 0;
    for (size_t s = 0; s < CVL_VARIANT_SETS && variant->parameters[layout][s]; s++)
        for (const struct cvl_parameter *p = variant->parameters[layout][s]->parameters; p->name;
             p++)
            if (is_offered_on(p, device) && count < CVL_VARIANT_PARAMETERS)
                out[count++] = p;
    return count;
}

static const struct cvl_tuning *find(const struct cvl_tuning *tuning, size_t count,
                                     const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(tuning[i].name, name))
            return &tuning[i];
    return NULL;
}

/* A factor that is not set counts as 1. */
static bool is_within(const struct cvl_parameter_limit *limit, const struct cvl_tuning *tuning,
                      size_t count)
{
    int64_t product = 1;
    for (size_t f = 0; f < CVL_LIMIT_FACTORS && limit->factors[f]; f++) {
        const struct cvl_tuning *factor = find(tuning, count, limit->factors[f]);
        product *= factor ? factor->value : 1;
    }
    return product <= limit->max;
}

bool cvl_variant_allows(const struct cvl_variant *variant, enum cvl_layout layout,
                        const struct cvl_tuning *tuning, size_t count)
{
    for (size_t s = 0; s < CVL_VARIANT_SETS && variant->parameters[layout][s]; s++) {
        const struct cvl_parameter_limit *limit = variant->parameters[layout][s]->limits;
        for (; limit && limit->factors[0]; limit++)
            if (!is_within(limit, tuning, count))
                return false;
    }
    return true;
}

static bool has_value(const struct cvl_parameter *parameter, int32_t value)
{
    for (size_t i = 0; i < CVL_PARAMETER_VALUES; i++)
        if (value > 0 && parameter->values[i] == value)
            return true;
    return false;
}

static enum cvl_status check_value(const struct cvl_parameter *parameter,
                                   const struct cvl_request *request, struct cvl_error *err)
{
    const struct cvl_tuning *asked = find(request->tuning, request->tuning_count, parameter->name);
    if (!asked || has_value(parameter, asked->value))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT,
                    "tuning: %s: got %" PRId32 ", which is not one of its values", parameter->name,
                    asked->value);
}

uint32_t cvl_parameters_that_can_be_asked(const struct cvl_variant *variant, enum cvl_layout layout,
                                          const struct cvl_device_facts *device,
                                          const struct cvl_plan_step *step,
                                          struct cvl_tuning out[CVL_PLAN_TUNINGS])
{
    const struct cvl_parameter *parameters[CVL_VARIANT_PARAMETERS];
    const size_t known = cvl_variant_parameters(variant, layout, device, parameters);
    uint32_t count = 0;
    for (size_t i = 0; i < known; i++) {
        const struct cvl_tuning *tuning =
            find(step->tuning, step->tuning_count, parameters[i]->name);
        if (tuning && has_value(parameters[i], tuning->value) && count < CVL_PLAN_TUNINGS)
            out[count++] = *tuning;
    }
    return count;
}

static bool has_parameter(const struct cvl_parameter_set *const *sets, const char *name,
                          struct cvl_nearest *nearest)
{
    for (size_t s = 0; s < CVL_VARIANT_SETS && sets[s]; s++)
        for (const struct cvl_parameter *p = sets[s]->parameters; p->name; p++) {
            if (strcmp(p->name, name) == 0)
                return true;
            cvl_nearest_offer(nearest, p->name);
        }
    return false;
}

bool cvl_parameter_is_known(const char *name, struct cvl_nearest *nearest)
{
    bool found = false;
    for (size_t i = 0; i < cvl_variant_count() && !found; i++)
        for (int layout = 0; layout < CVL_LAYOUT_COUNT && !found; layout++)
            found = has_parameter(cvl_variant_at(i)->parameters[layout], name, nearest);
    return found;
}

enum cvl_status cvl_parameters_check_use(const struct cvl_variant *variant,
                                         const struct cvl_request *request,
                                         const struct cvl_device_facts *device,
                                         const struct cvl_plan *plan, struct cvl_error *err)
{
    const struct cvl_plan_step *step = &plan->steps[0];
    for (size_t s = 0; s < CVL_VARIANT_SETS && variant->parameters[request->layout][s]; s++)
        for (const struct cvl_parameter *p = variant->parameters[request->layout][s]->parameters;
             p->name; p++)
            if (p->places == CVL_WHERE_ASKED &&
                find(request->tuning, request->tuning_count, p->name) &&
                !find(step->tuning, step->tuning_count, p->name))
                return cvl_fail(err, CVL_UNSUPPORTED, "tuning: %s: %s", p->name,
                                cvl_half_refusal(request, device));
    return CVL_OK;
}

enum cvl_status cvl_parameters_check(const struct cvl_variant *variant,
                                     const struct cvl_request *request, struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t s = 0; s < CVL_VARIANT_SETS && variant->parameters[request->layout][s]; s++)
        for (const struct cvl_parameter *p = variant->parameters[request->layout][s]->parameters;
             p->name && status == CVL_OK; p++)
            status = check_value(p, request, err);
    return status;
}

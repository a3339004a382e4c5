/* A user of the installed library: reads a problem, plans it, prints and checks the peaks. */
#include <convlens/convlens.h>

#include <inttypes.h>
#include <stdio.h>

static enum cvl_status plan_and_print(struct cvl_error *err)
{
    struct cvl_request request = {.layout = CVL_NHWC, .dtype = CVL_F32};
    enum cvl_status status =
        cvl_problem_parse("separable:ic3ih224oc64oh222kh3ph0", &request.problem, err);
    if (status != CVL_OK)
        return status;
    struct cvl_device_facts device = cvl_device_facts_default();
    struct cvl_plan plan = {0};
    status = cvl_variant_plan(cvl_variant_find("sep_unfused"), &request, &device, &plan, err);
    if (status != CVL_OK)
        return status;
    const struct cvl_plan_bytes bytes = plan.bytes;
    for (int policy = 0; policy < CVL_POLICY_COUNT; policy++)
        printf("%s %" PRIu64 "\n", cvl_policy_name((enum cvl_policy)policy),
               bytes.peak_without_weights[policy]);
    cvl_plan_clear(&plan);
    /* 4 (3 224 224 + 3 222 222 + 64 222 222), and the first two never with the last */
    if (bytes.peak_without_weights[CVL_ALL_LIVE] != 13810224 ||
        bytes.peak_without_weights[CVL_FREED] != 13208112)
        return cvl_fail(err, CVL_FAILED, "the peaks are not 13810224 and 13208112");
    return CVL_OK;
}

int main(void)
{
    struct cvl_error err = {0};
    if (plan_and_print(&err) == CVL_OK)
        return 0;
    fprintf(stderr, "%s: %s\n", cvl_status_name(err.status), err.text);
    return 1;
}

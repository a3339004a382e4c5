/* What a row tells of memory besides computed and counted bytes. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <convlens/run.h>

#include "chosen_device.h"

/* Depthwise and pointwise by kernels of ours: two stages, an intermediate. */
static struct cvl_row run(const struct cvl_device_facts *device, bool program_sizes)
{
    const struct cvl_run_options options = {.budget_s = 0.001, .program_sizes = program_sizes};
    struct cvl_request request = {.layout = CVL_NHWC, .dtype = CVL_F32};
    struct cvl_session *session = NULL;
    struct cvl_error err = {0};
    struct cvl_row row;
    cr_assert_eq(cvl_problem_parse("separable:ic64ih56oc128kh3ph1", &request.problem, NULL),
                 CVL_OK);
    cr_assert_eq(cvl_session_create(device->id, &session, &err), CVL_OK, "%s", err.text);
    cvl_row_init(&row);
    (void)cvl_session_run(session, cvl_variant_find("sep_unfused"), &request, &options, &row);
    cr_assert_eq(row.status, CVL_ROW_OK, "%s", row.reason);
    cvl_session_destroy(&session);
    return row;
}

static const struct cvl_row_measured *find_probe(const struct cvl_row *row, const char *name)
{
    for (size_t i = 0; i < row->probe_count; i++)
        if (strcmp(row->probes[i].source, name) == 0)
            return &row->probes[i];
    return NULL;
}

Test(memory_figures, kernels)
{
    const struct cvl_device_facts device = chosen_device();
    struct cvl_row row = run(&device, true);
    cr_assert_eq(row.stage_count, 2);
    uint64_t sum = 0;
    for (size_t s = 0; s < row.stage_count; s++) {
        cr_expect_neq(row.stages[s].program_bytes, CVL_ABSENT);
        cr_expect_gt(row.stages[s].program_bytes, 0);
        cr_expect_neq(row.stages[s].local_bytes, CVL_ABSENT);
        cr_expect_leq(row.stages[s].local_bytes, device.local_bytes);
        sum += row.stages[s].program_bytes;
    }
    cr_expect_geq(row.kernels.program_bytes, sum); /* with the one that packs weights */
    cr_expect_neq(row.kernels.program_bytes, CVL_ABSENT);
    cr_expect_neq(row.kernels.local_bytes, CVL_ABSENT);
    cvl_row_clear(&row);
    row = run(&device, false);
    if (device.type == CVL_DEVICE_CPU) {
        cr_expect_eq(row.kernels.program_bytes, CVL_ABSENT, "CPU drivers are not asked");
        cr_expect_eq(row.stages[0].program_bytes, CVL_ABSENT);
    }
    cr_expect_neq(row.stages[0].local_bytes, CVL_ABSENT);
    cvl_row_clear(&row);
}

/* On the host's memory every byte of the buffers is resident, for every byte is touched; beyond
 * them at most the rest of the first and last page of each. */
Test(memory_figures, buffers_are_resident)
{
    enum { PAGE = 4096, BUFFERS = 6 };
    const struct cvl_device_facts device = chosen_device();
    if (device.type != CVL_DEVICE_CPU)
        cr_skip_test("not on the host's memory");
    struct cvl_row row = run(&device, false);
    const struct cvl_row_measured *resident = find_probe(&row, "host_mincore");
    cr_assert_not_null(resident);
    cr_assert_str_empty(resident->reason);
    cr_assert(row.has_measured);
    cr_assert_str_eq(row.measured.source, "host_rss");
    for (unsigned p = 0; p < CVL_POLICY_COUNT; p++) {
        cr_expect_geq(resident->peak_bytes[p], row.computed.peak_bytes[p]);
        cr_expect_leq(resident->peak_bytes[p], row.computed.peak_bytes[p] + BUFFERS * 2 * PAGE);
        cr_expect_neq(row.measured.peak_bytes[p], CVL_ABSENT);
    }
    for (size_t s = 0; s < row.stage_count; s++) {
        cr_expect_geq(row.stages[s].resident_bytes, row.stages[s].computed_bytes);
        cr_expect_leq(row.stages[s].resident_bytes,
                      row.stages[s].computed_bytes + BUFFERS * 2 * PAGE);
        cr_expect_neq(row.stages[s].measured_bytes, CVL_ABSENT);
    }
    cr_expect_eq(resident->kept_bytes, 0);
    cvl_row_clear(&row);
}

#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <convlens/model.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

/* A row of one stage under `freed`. */
struct figures {
    uint64_t computed, counted, own, measured, resident, kept;
};

static struct cvl_row make_row(const struct figures *f)
{
    struct cvl_row row;
    cvl_row_init(&row);
    row.computed.peak_bytes[CVL_FREED] = f->computed;
    row.counted.peak_bytes[CVL_FREED] = f->counted;
    row.counted.own_peak_bytes[CVL_FREED] = f->own;
    row.measured.peak_bytes[CVL_FREED] = f->measured;
    row.measured.kept_bytes = f->kept;
    row.measured.resolution_bytes = 4 * KIB;
    row.probes = calloc(1, sizeof *row.probes);
    row.probe_count = 1;
    strcpy(row.probes[0].scope, "buffers");
    row.probes[0].peak_bytes[CVL_FREED] = f->resident;
    row.stages = calloc(1, sizeof *row.stages);
    row.stage_count = 1;
    row.stages[0].computed_bytes = f->own;
    row.stages[0].live_bytes = f->counted;
    row.stages[0].measured_bytes = f->measured;
    row.stages[0].resident_bytes = f->resident;
    return row;
}

static const struct reconciled {
    struct figures figures;
    int64_t rest, unexplained;
    bool marked;
    const char *reason;
} cases[] = {
    {{MIB, MIB, MIB, MIB, MIB, 0}, 0, 0, false, ""},
    /* more pages than asked for, and what stays afterwards */
    {{MIB, MIB, MIB, MIB + 76 * KIB, MIB + 12 * KIB, 64 * KIB},
     76 * KIB,
     0,
     false,
     "page rounding 12.0 KiB, heaps 64.0 KiB"},
    /* heaps explain what was kept and no more */
    {{MIB, MIB, MIB, MIB + 100 * KIB, MIB, 64 * KIB}, 100 * KIB, 36 * KIB, false, "heaps 64.0 KiB"},
    {{MIB, MIB, MIB, MIB + 10 * KIB, MIB, 64 * KIB}, 10 * KIB, 0, false, "heaps 10.0 KiB"},
    /* half of the buffer was never touched */
    {{8 * MIB, 8 * MIB, 8 * MIB, 4 * MIB, 4 * MIB, 0}, -4 * MIB, 0, false, "lazy pages -4.00 MiB"},
    /* the heap had room already */
    {{MIB, MIB, MIB, MIB - 8 * KIB, MIB + 4 * KIB, 0},
     -8 * KIB,
     0,
     false,
     "page rounding 4.00 KiB, held before -12.0 KiB"},
    /* a library's buffers are counted, not ours, and not seen by the probe of our buffers */
    {{4 * MIB, 6 * MIB, 4 * MIB, 6 * MIB + 8 * KIB, 4 * MIB + 8 * KIB, 0},
     8 * KIB,
     0,
     false,
     "page rounding 8.00 KiB"},
    /* marked from 1 MiB on, and from a twentieth on where that is more */
    {{MIB, MIB, MIB, 2 * MIB, MIB, 0}, MIB, MIB, false, ""},
    {{MIB, MIB, MIB, 2 * MIB + 1, MIB, 0}, MIB + 1, MIB + 1, true, ""},
    {{40 * MIB, 40 * MIB, 40 * MIB, 42 * MIB, 40 * MIB, 0}, 2 * MIB, 2 * MIB, false, ""},
    {{40 * MIB, 40 * MIB, 40 * MIB, 42 * MIB + 1, 40 * MIB, 0}, 2 * MIB + 1, 2 * MIB + 1, true, ""},
    /* without a probe that sees the buffers, less is known */
    {{8 * MIB, 8 * MIB, 8 * MIB, 4 * MIB, CVL_ABSENT, 0}, -4 * MIB, -4 * MIB, true, ""},
    {{MIB, MIB, MIB, MIB + 8 * KIB, CVL_ABSENT, CVL_ABSENT}, 8 * KIB, 8 * KIB, false, ""},
    /* absurd figures */
    {{1, 1, 1, UINT64_MAX - 1, 1, 0}, INT64_MAX, INT64_MAX, true, ""},
};

static void expect(const struct reconciled *c, const struct cvl_reconciled *got, size_t i)
{
    cr_expect(got->has_rest, "%zu", i);
    cr_expect_eq(got->rest_bytes, c->rest, "%zu: %lld", i, (long long)got->rest_bytes);
    cr_expect_eq(got->unexplained_bytes, c->unexplained, "%zu: %lld", i,
                 (long long)got->unexplained_bytes);
    cr_expect_eq(got->is_marked, c->marked, "%zu", i);
    cr_expect_str_eq(got->reason, c->reason, "%zu: %s", i, got->reason);
}

Test(reconcile, rows_and_stages)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cvl_row row = make_row(&cases[i].figures);
        struct cvl_reconciled got;
        cvl_reconcile(&row, CVL_FREED, &got);
        expect(&cases[i], &got, i);
        cr_expect_eq(got.computed_bytes, cases[i].figures.computed);
        cr_expect_eq(cvl_row_is_reconciled(&row), !cases[i].marked);
        cvl_reconcile_stage(&row, 0, &got);
        expect(&cases[i], &got, i);
        cvl_row_clear(&row);
    }
}

Test(reconcile, what_is_absent_has_no_rest)
{
    struct cvl_row row;
    struct cvl_reconciled got;
    cvl_row_init(&row);
    cvl_reconcile(&row, CVL_ARENA, &got);
    cr_expect_not(got.has_rest);
    cr_expect_not(got.is_marked);
    cr_expect_eq(got.measured_bytes, CVL_ABSENT);
    row.counted.peak_bytes[CVL_ARENA] = 7;
    cvl_reconcile(&row, CVL_ARENA, &got);
    cr_expect_not(got.has_rest);
    cr_expect(cvl_row_is_reconciled(&row));
}

/* On a GPU no probe sees the buffers: what they lose to pages is known from the timeline. */
Test(reconcile, rounding_by_the_timeline)
{
    const struct figures figures = {100, 100, 100, 4 * MIB, CVL_ABSENT, 0};
    struct cvl_row row = make_row(&figures);
    struct cvl_reconciled got;
    row.measured.resolution_bytes = 2 * MIB;
    row.allocations = calloc(5, sizeof *row.allocations);
    row.allocation_count = 5;
    row.allocations[0] = (struct cvl_row_allocation){CVL_FREED, 0, "create", "own", "a", 40, 40, 0};
    row.allocations[1] = (struct cvl_row_allocation){CVL_ARENA, 0, "create", "own", "x", 9, 49, 0};
    row.allocations[2] =
        (struct cvl_row_allocation){CVL_FREED, 0, "create", "own", "b", 60, 100, 0};
    row.allocations[3] =
        (struct cvl_row_allocation){CVL_FREED, 0, "destroy", "own", "a", 40, 60, 0};
    row.allocations[4] =
        (struct cvl_row_allocation){CVL_FREED, 1, "create", "own", "c", 2 * MIB, 60, 0};
    cvl_reconcile(&row, CVL_FREED, &got);
    cr_expect_eq(got.rest_bytes, 4 * MIB - 100);
    cr_expect_eq(got.unexplained_bytes, 0);
    cr_expect_str_eq(got.reason, "page rounding 4.00 MiB");
    strcpy(row.measured.note, "other programs hold 5 B of the device's memory, unchanged");
    cvl_reconcile(&row, CVL_FREED, &got);
    cr_expect_str_eq(
        got.reason,
        "page rounding 4.00 MiB; other programs hold 5 B of the device's memory, unchanged");
    cvl_row_clear(&row);
}

/* Buffers of the load that the driver still held when the policy began. */
Test(reconcile, what_is_released_late)
{
    const struct figures figures = {4 * MIB, 4 * MIB, 4 * MIB, 7 * MIB, 4 * MIB, 64 * KIB};
    struct cvl_row row = make_row(&figures);
    struct cvl_reconciled got;
    row.computed.weights_bytes = 2 * MIB;
    row.measured.begin_bytes[CVL_FREED] = 4 * MIB + 64 * KIB;
    cvl_reconcile(&row, CVL_FREED, &got);
    cr_expect_eq(got.unexplained_bytes, MIB - 64 * KIB);
    cr_expect_str_eq(got.reason, "heaps 64.0 KiB, released late 2.00 MiB");
    row.measured.begin_bytes[CVL_FREED] = 9 * MIB; /* no more than the rest */
    cvl_reconcile(&row, CVL_FREED, &got);
    cr_expect_eq(got.unexplained_bytes, 0);
    cvl_reconcile_stage(&row, 0, &got);
    cr_expect_eq(got.unexplained_bytes, 3 * MIB - 64 * KIB, "of a peak only");
    row.measured.begin_bytes[CVL_FREED] = 2 * MIB; /* the weights, and nothing else */
    cvl_reconcile(&row, CVL_FREED, &got);
    cr_expect_eq(got.unexplained_bytes, 3 * MIB - 64 * KIB);
    cvl_row_clear(&row);
}

#include "table.h"

#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "limits.h"

void peers_table_begin(const struct peers_run *run, const struct peers_group *group)
{
    const char *other = group->against.heading ? group->against.heading : "oneDNN";
    (void)printf("\n%s: %s\n", group->name, group->summary);
    if (!run->only_check)
        (void)printf("%-32s %-16s %7s us  GFLOP/s %7s us  ratio\n", "layer", "variant",
                     group->ours.heading, other);
}

void peers_table_add(struct peers_table *table, const struct peers_run *run, const char *layer,
                     const struct peers_result *r)
{
    if (run->only_check) {
        (void)printf("%-32s %-16s agrees with %s\n", layer, r->name[0], r->name[1]);
        table->count++;
        return;
    }
    double ratio = r->median_s[1] / r->median_s[0];
    (void)printf("%-32s %-16s %10.1f %8.1f %10.1f %6.2f  %s\n", layer, r->name[0],
                 r->median_s[0] * 1e6, r->flops / r->median_s[0] * 1e-9, r->median_s[1] * 1e6,
                 ratio, r->name[1]);
    if (table->count++ == 0 || ratio < table->worst) {
        table->worst = ratio;
        cvl_copy(table->worst_layer, sizeof table->worst_layer, layer);
    }
    table->log_sum += log(ratio);
}

void peers_table_add_failure(struct peers_table *table, const char *layer,
                             const struct cvl_error *err)
{
    char safe[2 * CVL_ERROR_TEXT_BYTES];
    cvl_copy_safe(safe, sizeof safe, err->text);
    (void)printf("%-32s %s\n", layer, safe);
    table->failed += err->status != CVL_UNSUPPORTED;
}

void peers_table_end(const struct peers_table *table, const struct peers_run *run)
{
    if (table->count > 0 && !run->only_check)
        (void)printf("geometric mean %.3f of %zu layers; worst %.2f, %s\n",
                     exp(table->log_sum / (double)table->count), table->count, table->worst,
                     table->worst_layer);
    if (table->failed > 0)
        (void)printf("%zu variants or layers failed\n", table->failed);
}

static void print_limit(const char *what, const char *unit, double device, double native)
{
    (void)printf("%-16s %10.1f %10.1f %6.2f  %s\n", what, device * 1e-9, native * 1e-9,
                 device / native, unit);
}

void peers_table_limits(const struct cvl_device_peaks *device, const struct peers_limits *native)
{
    (void)printf("\nlimits: measured through OpenCL, and by loops in C\n%-16s %10s %10s  ratio\n",
                 "", "OpenCL", "C");
    print_limit("multiply-adds", "GFLOP/s", device->f32_flops_per_s, native->flops);
    print_limit("read", "GB/s", device->read_bytes_per_s, native->read);
    print_limit("write", "GB/s", device->write_bytes_per_s, native->write);
    print_limit("copy", "GB/s, both ways", device->copy_bytes_per_s, native->copy);
}

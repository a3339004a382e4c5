/* Half arithmetic in products: where it is possible, and what it costs in accuracy. */
#include "variants/parts/half.h"

#include <math.h>

/* A result of half arithmetic is off by at most that part of itself. */
#define UNIT_ROUNDOFF 0x1p-11

int32_t cvl_half_rows(const struct cvl_request *request, const struct cvl_device_facts *device)
{
    const bool can = request->dtype == CVL_F16 && device->has_half;
    return can ? cvl_parameter_value(request, "half_rows", 0) : 0;
}

/* The error of a sum of n products |a b| is at most gamma_n = n u / (1 - n u) times the sum of
 * their magnitudes, fused or not (Higham, Accuracy and Stability of Numerical Algorithms,
 * section 3.1). An output of variance 1 has R products of variance 1 / R; for uniform inputs and
 * weights (run/ verify/tensors.h) their mean magnitude is 0.75 / sqrt(R), so that those of n rows
 * sum up to 0.75 n / sqrt(R). The errors of the R / n sums have nothing to do with each other and
 * add up as squares: gamma_n 0.75 n / sqrt(R) sqrt(R / n), whatever R is. */
double cvl_half_error(int32_t rows)
{
    const double gamma = rows * UNIT_ROUNDOFF / (1.0 - rows * UNIT_ROUNDOFF);
    return 0.75 * gamma * sqrt(rows);
}

/* A chunk may be shorter. */
static int32_t rows_of(const struct cvl_group_product *product)
{
    const struct cvl_dense_tiles *tiles = &product->tiles;
    return tiles->half_rows < tiles->chunk ? tiles->half_rows : tiles->chunk;
}

void cvl_half_state(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    struct cvl_plan_step *step = &builder->plan->steps[0];
    const uint32_t stated = step->tuning_count;
    if (!product->tiles.half_rows)
        return;
    cvl_build_tuning(builder, "half_rows", product->tiles.half_rows);
    if (step->tuning_count > stated)
        step->half_error += cvl_half_error(rows_of(product));
}

void cvl_half_note(struct cvl_builder *builder, const struct cvl_group_product *product)
{
    if (product->tiles.half_rows)
        cvl_build_note(builder, "sums of %d rows in half arithmetic add %.2g to the tolerance",
                       rows_of(product), cvl_half_error(rows_of(product)));
}

const char *cvl_half_refusal(const struct cvl_request *request,
                             const struct cvl_device_facts *device)
{
    if (request->dtype != CVL_F16)
        return "half arithmetic is for f16 alone";
    if (!device->has_half)
        return "the device has no half arithmetic (cl_khr_fp16)";
    return "half arithmetic is for products that share operands in a work-group; here is none";
}

#define HALF_ROWS 2, 4, 8

const struct cvl_parameter_set cvl_half_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"half_rows", "rows added up in half arithmetic", CVL_WHERE_ASKED, {HALF_ROWS}}, {0}}};

const struct cvl_parameter_set cvl_inverted_half_parameters = {
    .parameters = (const struct cvl_parameter[]){
        {"half_rows", "projection: rows added up in half arithmetic", CVL_WHERE_ASKED, {HALF_ROWS}},
        {"e_half_rows",
         "expansion: rows added up in half arithmetic",
         CVL_WHERE_ASKED,
         {HALF_ROWS}},
        {0}}};

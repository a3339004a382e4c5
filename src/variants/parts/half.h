/* Products whose terms are added up in half arithmetic, a few rows at a time, before their sums are
 * added in float (HALF_ROWS of cl/group_product.cl): of f16, on devices that compute in half, where
 * it is asked for. */
#ifndef CVL_VARIANTS_PARTS_HALF_H
#define CVL_VARIANTS_PARTS_HALF_H

#include "variants/parts/group_options.h"

/* Rows that a product is asked to add up in half arithmetic; 0: none, or it cannot. */
int32_t cvl_half_rows(const struct cvl_request *request, const struct cvl_device_facts *device);

/* What sums of so many terms in half arithmetic add to the error of an output, whose variance is
 * about 1. */
double cvl_half_error(int32_t rows);

/* States the rows, and the error that they add, where the product has them: once for each product,
 * however many bands compute it. */
void cvl_half_state(struct cvl_builder *builder, const struct cvl_group_product *product);
/* The note of its stage. */
void cvl_half_note(struct cvl_builder *builder, const struct cvl_group_product *product);

/* Why a plan does not add up rows in half arithmetic though it was asked to. */
const char *cvl_half_refusal(const struct cvl_request *request,
                             const struct cvl_device_facts *device);

/* half_rows; for an inverted problem also e_half_rows, of its expansion. */
extern const struct cvl_parameter_set cvl_half_parameters, cvl_inverted_half_parameters;

#endif

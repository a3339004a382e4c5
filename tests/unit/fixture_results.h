/* Made-up results for the tests of rows, store and reports. Every figure is fixed. */
#ifndef FIXTURE_RESULTS_H
#define FIXTURE_RESULTS_H

#include <convlens/result.h>

/* A row with every field set, each to a value of its own. */
void fixture_row_full(struct cvl_row *row);
/* The same of a network of two layers, with all lists that a row can have. */
void fixture_row_network(struct cvl_row *row);
/* A refused row: identity and reason, every figure absent. */
void fixture_row_refused(struct cvl_row *row);
/* A row whose texts are escape sequences, quotes, formulas, markup and invalid UTF-8. */
void fixture_row_hostile(struct cvl_row *row);

void fixture_device(struct cvl_device_facts *facts, unsigned index);

/* `layers` MobileNet-like layers on `devices` devices, nhwc and nchw: per layer direct, im2col_gemm
 * (refused in nhwc), sep_unfused (the last layer's is doubtful) and sep_fused (crashes on the last
 * layer, nchw). */
void fixture_results(struct cvl_results *out, unsigned devices, unsigned layers);

#endif

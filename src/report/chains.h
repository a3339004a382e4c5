/* Networks for people: a table of them, and of the layers of one. */
#ifndef CVL_REPORT_CHAINS_H
#define CVL_REPORT_CHAINS_H

#include <stdio.h>

#include <convlens/chains.h>

enum cvl_chains_style {
    CVL_CHAINS_PLANNED, /* computed, exact bytes, weights apart */
    CVL_CHAINS_MEASURED /* time and peaks with weights, scaled; counted where they were */
};

/* The networks of a device (NULL: of all) that have figures; nothing where there are none. `utf8`:
 * the stream takes the micro sign. @return 0; -1 where memory ran out */
int cvl_chains_print(FILE *stream, const struct cvl_results *results, const char *device,
                     enum cvl_chains_style style, bool utf8);

/* The layers of a network, one a line. @return 0; -1 where memory ran out */
int cvl_chain_layers_print(FILE *stream, const struct cvl_chain_row *row, bool utf8);

#endif

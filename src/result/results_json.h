/* Whole documents of results. */
#ifndef CVL_RESULT_RESULTS_JSON_H
#define CVL_RESULT_RESULTS_JSON_H

/* What "schema" says of a whole document, and of a baseline. */
#define CVL_RESULTS_SCHEMA  "convlens/1"
#define CVL_BASELINE_SCHEMA "convlens-baseline/1"

#endif

/* The phrases that verdicts consist of. Names are escaped. */
#ifndef CVL_MODEL_WORDING_H
#define CVL_MODEL_WORDING_H

#include <convlens/model.h>

#include "base/text.h"

/* "block2, freed: sep_unfused peaks at 3.86 MiB" */
void cvl_say_peak(struct cvl_text *text, const struct cvl_verdict *verdict);

/* "1.01 MiB (20.8 %) less than direct", "the same as direct" */
void cvl_say_difference(struct cvl_text *text, const struct cvl_verdict *verdict);

/* " (0.77 MiB less without weights)"; nothing if that is not known. */
void cvl_say_without_weights(struct cvl_text *text, const struct cvl_verdict *verdict);

#endif

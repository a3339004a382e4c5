/* Compares two rows; wording.h puts the result into words. */
#ifndef CVL_MODEL_VERDICTS_H
#define CVL_MODEL_VERDICTS_H

#include <convlens/model.h>

#include "model/groups.h"

/* Compares two rows of one group. The verdict is not marked as best baseline and has no sentence
 * yet.
 * @return false: one of the peaks is absent */
bool cvl_verdict_judge(const struct cvl_row *row, const struct cvl_row *baseline,
                       enum cvl_policy policy, enum cvl_source source, struct cvl_verdict *out);

#endif

/* What the devices of a run can do at most: read from the store, measured where that is not enough.
 */
#ifndef CVL_SUPERVISE_KNOWN_PEAKS_H
#define CVL_SUPERVISE_KNOWN_PEAKS_H

#include "supervise/supervisor.h"

/* Fills facts->peaks: as the store knows them, else measured now. What was measured under load is
 * measured again; the better figures are kept. *measured counts the measurements of this run. That
 * a device cannot be measured costs its rows their fraction of the peak, and nothing else.
 * @return CVL_OK, CVL_INTERRUPTED, CVL_NO_MEMORY, or what the store says */
enum cvl_status cvl_known_peaks_learn(const struct cvl_supervision *s,
                                      struct cvl_device_facts *facts, uint32_t *measured,
                                      struct cvl_error *err);

/* cvl_row_judge. A row that is faster than the peak shows that this was measured too low: it is
 * measured again first, as long as *measured is below 2. The returns are the same. */
enum cvl_status cvl_known_peaks_judge(const struct cvl_supervision *s,
                                      struct cvl_device_facts *facts, uint32_t *measured,
                                      struct cvl_row *row, struct cvl_error *err);

#endif

/* The jobs of a search on one device: each a variant, or the library, on a class of problems. */
#ifndef CVL_SUPERVISE_TUNER_JOBS_H
#define CVL_SUPERVISE_TUNER_JOBS_H

#include "supervise/tuner_setup.h"
#include "tuning/share.h"

struct cvl_tuner_job {
    struct cvl_tuned found;
    bool is_library;                   /* the values are those of the library's product */
    const struct cvl_variant *variant; /* that is run */
    const struct cvl_device_facts *device;
    struct cvl_request request; /* the problem that stands for the class */
    struct cvl_search *search;
    struct cvl_share share;
};

struct cvl_tuner_jobs {
    struct cvl_tuner_job *at; /* owned */
    size_t count;
};

/* Jobs in the order of the cases, the library first, with all that the database knows of them.
 * @return CVL_OK, also where there are none; of the database CVL_IO, CVL_BAD_INPUT; CVL_NO_MEMORY.
 * Clear in every case. */
enum cvl_status cvl_tuner_jobs_create(const struct cvl_tuner *tuner,
                                      const struct cvl_device_facts *device,
                                      struct cvl_tuner_jobs *out, struct cvl_error *err);
void cvl_tuner_jobs_clear(struct cvl_tuner_jobs *jobs);

#endif

/* The tuning database: every candidate that was tried, per device, driver and class of problems,
 * and what was settled of it. An SQLite file (WAL); each candidate is committed when it is known,
 * so that a search that is killed loses the one in flight. */
#ifndef CVL_TUNING_DATABASE_H
#define CVL_TUNING_DATABASE_H

#include <convlens/device.h>
#include <convlens/store.h>

#include "tuning/class.h"
#include "tuning/search.h"

struct cvl_tuning_database;

/* $XDG_DATA_HOME/convlens/tuning.db, or ~/.local/share/convlens/tuning.db. Owned by the caller.
 * @return CVL_OK; CVL_BAD_INPUT where neither variable is set; CVL_NO_MEMORY */
enum cvl_status cvl_tuning_database_path(char **out, struct cvl_error *err);
/* Makes the folders above a file, for the user alone, as XDG asks. @return CVL_OK or CVL_IO */
enum cvl_status cvl_tuning_database_make_folder(const char *path, struct cvl_error *err);

/* CVL_STORE_WRITE makes the file where it is missing.
 * @return as cvl_store_open */
enum cvl_status cvl_tuning_database_open(const char *path, enum cvl_store_mode mode,
                                         struct cvl_tuning_database **out, struct cvl_error *err);
void cvl_tuning_database_close(struct cvl_tuning_database **database);

/* A class of problems on a device, by platform, name and driver. */
struct cvl_tuning_key {
    const struct cvl_device_facts *device;
    const struct cvl_problem_class *kind;
};

/* The problem that stands for the class: the first that it was tuned with, since times of two
 * problems cannot be compared. `problem` is recorded where there is none yet, else replaced.
 * @return CVL_OK; CVL_BAD_INPUT where what is there is no problem; … */
enum cvl_status cvl_tuning_stand_in(struct cvl_tuning_database *database,
                                    const struct cvl_tuning_key *key, struct cvl_problem *problem,
                                    struct cvl_error *err);

/* Commits a candidate; one of equal plan is replaced. */
enum cvl_status cvl_tuning_put(struct cvl_tuning_database *database,
                               const struct cvl_tuning_key *key,
                               const struct cvl_candidate *candidate, struct cvl_error *err);

/* Tells a search all that was tried, in the order in which it was. */
enum cvl_status cvl_tuning_load(struct cvl_tuning_database *database,
                                const struct cvl_tuning_key *key, struct cvl_search *search,
                                struct cvl_error *err);

/* What a class shall run with: the best, once it was held against the default side by side. */
struct cvl_settlement {
    struct cvl_values asked;    /* none: the default */
    struct cvl_values compared; /* what the plan used that was held against the default */
    double default_s, best_s;   /* medians side by side; equal where the default is best; NAN where
                                   the default does not work */
};

enum cvl_status cvl_tuning_settle(struct cvl_tuning_database *database,
                                  const struct cvl_tuning_key *key,
                                  const struct cvl_settlement *settlement, struct cvl_error *err);
enum cvl_status cvl_tuning_find(struct cvl_tuning_database *database,
                                const struct cvl_tuning_key *key, struct cvl_settlement *out,
                                bool *found, struct cvl_error *err);

/* Suggests to a search what its family was settled with on the device, the most often chosen
 * first. */
enum cvl_status cvl_tuning_suggest(struct cvl_tuning_database *database,
                                   const struct cvl_tuning_key *key, struct cvl_search *search,
                                   struct cvl_error *err);

#endif

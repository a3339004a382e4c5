/* The tuning database: every candidate that was tried, per device, driver and class of problems,
 * and the values that were settled. An SQLite file (WAL). Each candidate is committed when its
 * result is known, so a killed search loses only the one in flight. */
#ifndef CVL_TUNING_DATABASE_H
#define CVL_TUNING_DATABASE_H

#include <convlens/device.h>
#include <convlens/store.h>

#include "tuning/class.h"
#include "tuning/search.h"

struct cvl_tuning_database;

/* $XDG_DATA_HOME/convlens/tuning.db, or ~/.local/share/convlens/tuning.db. The caller frees it.
 * @return CVL_OK; CVL_BAD_INPUT if neither variable is set; CVL_NO_MEMORY */
enum cvl_status cvl_tuning_database_path(char **out, struct cvl_error *err);
/* Creates the folders of a file, readable only by the user, as XDG requires. @return CVL_OK or
 * CVL_IO */
enum cvl_status cvl_tuning_database_make_folder(const char *path, struct cvl_error *err);

/* With CVL_STORE_WRITE, creates the file if it is missing.
 * @return as cvl_store_open */
enum cvl_status cvl_tuning_database_open(const char *path, enum cvl_store_mode mode,
                                         struct cvl_tuning_database **out, struct cvl_error *err);
void cvl_tuning_database_close(struct cvl_tuning_database **database);

/* A class of problems on a device, by platform, name and driver. */
struct cvl_tuning_key {
    const struct cvl_device_facts *device;
    const struct cvl_problem_class *kind;
};

/* The problem that represents a class is the first one that it was tuned with, since times of two
 * problems cannot be compared. Records `problem` if the class has none yet, else replaces it with
 * the recorded one.
 * @return CVL_OK; CVL_BAD_INPUT if the recorded text is not a problem; … */
enum cvl_status cvl_tuning_stand_in(struct cvl_tuning_database *database,
                                    const struct cvl_tuning_key *key, struct cvl_problem *problem,
                                    struct cvl_error *err);

/* Commits a candidate; replaces one with the same plan. */
enum cvl_status cvl_tuning_put(struct cvl_tuning_database *database,
                               const struct cvl_tuning_key *key,
                               const struct cvl_candidate *candidate, struct cvl_error *err);

/* Reports all earlier candidates to a search, in the order in which they were tried. */
enum cvl_status cvl_tuning_load(struct cvl_tuning_database *database,
                                const struct cvl_tuning_key *key, struct cvl_search *search,
                                struct cvl_error *err);

/* What a class should run with: the best values, after a direct comparison with the default. */
struct cvl_settlement {
    struct cvl_values asked;    /* empty: the default */
    struct cvl_values compared; /* what the plan used that was compared with the default */
    double default_s, best_s; /* medians of the comparison; equal if the default is best; NAN if the
                                 default does not work */
};

enum cvl_status cvl_tuning_settle(struct cvl_tuning_database *database,
                                  const struct cvl_tuning_key *key,
                                  const struct cvl_settlement *settlement, struct cvl_error *err);
enum cvl_status cvl_tuning_find(struct cvl_tuning_database *database,
                                const struct cvl_tuning_key *key, struct cvl_settlement *out,
                                bool *found, struct cvl_error *err);

/* Suggests to a search the values settled for its family on the device, most frequent first. */
enum cvl_status cvl_tuning_suggest(struct cvl_tuning_database *database,
                                   const struct cvl_tuning_key *key, struct cvl_search *search,
                                   struct cvl_error *err);

#endif

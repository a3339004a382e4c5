/** The store: an SQLite file (WAL) into which each row is committed when it is measured. */
#ifndef CONVLENS_STORE_H
#define CONVLENS_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include <convlens/result.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cvl_store;

enum cvl_store_mode { CVL_STORE_READ, CVL_STORE_WRITE };

/** Opens a store; CVL_STORE_WRITE makes it where it is missing.
 *  @return CVL_OK; CVL_BAD_INPUT where the file is missing (reading), is a folder, is not a
 *          convlens store or is of a newer schema; CVL_IO where it cannot be read or written, with
 *          what to do */
CVL_API enum cvl_status cvl_store_open(const char *path, enum cvl_store_mode mode,
                                       struct cvl_store **out, struct cvl_error *err);
CVL_API void cvl_store_close(struct cvl_store **store);

/** Begins a run: `head` gives sweep, started, command and host; `identity` is a text that is equal
 * for runs of the same cases with the same options. With `resume`, the newest run of that identity
 * goes on instead; *resumed says so.
 *  @param run_id receives the run */
CVL_API enum cvl_status cvl_store_begin(struct cvl_store *store, const struct cvl_results *head,
                                        const char *identity, bool resume, int64_t *run_id,
                                        bool *resumed, struct cvl_error *err);

/** Records a device of the run (replacing one of the same id). */
CVL_API enum cvl_status cvl_store_put_device(struct cvl_store *store, int64_t run_id,
                                             const struct cvl_device_facts *device,
                                             struct cvl_error *err);

/** Keeps what a device was measured to do at most (device->peaks) for its platform, name and
 * driver, in place of what was kept before. */
CVL_API enum cvl_status cvl_store_put_peaks(struct cvl_store *store,
                                            const struct cvl_device_facts *device,
                                            struct cvl_error *err);

/** What is kept for the device's platform, name and driver; all absent where nothing is. */
CVL_API enum cvl_status cvl_store_get_peaks(struct cvl_store *store,
                                            const struct cvl_device_facts *device,
                                            struct cvl_device_peaks *out, struct cvl_error *err);

/** Commits a row with its stages, samples and timeline, in one transaction. A row of the same run
 * and key is there at most once: CVL_BAD_INPUT otherwise.
 */
CVL_API enum cvl_status cvl_store_put_row(struct cvl_store *store, int64_t run_id,
                                          const struct cvl_row *row, struct cvl_error *err);

/** Commits a row in place of that of the same run and key, which was put before. The order of rows
 *  stays. @return CVL_OK; CVL_BAD_INPUT where it is not there; CVL_IO, CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_store_replace_row(struct cvl_store *store, int64_t run_id,
                                              const struct cvl_row *row, struct cvl_error *err);

/** Reads a run, rows in the order they were recorded, with samples and timeline. A device whose
 * peaks were not known when it was recorded has those that are kept now, and its rows are judged by
 * them (cvl_row_judge).
 *  @param run_id 0: the newest */
CVL_API enum cvl_status cvl_store_load(struct cvl_store *store, int64_t run_id,
                                       struct cvl_results *out, struct cvl_error *err);

/** A run as it is listed. */
struct cvl_store_run {
    int64_t number;          /* of the store, from 1; what cvl_store_load takes */
    struct cvl_results head; /* sweep, started, command, host, version, devices; no rows */
    size_t rows;
    size_t rows_not_ok;   /* of any status but ok */
    size_t rows_failed;   /* of those: neither unsupported nor skipped */
    size_t rows_in_doubt; /* whose time was recorded with a doubt */
};

struct cvl_store_runs {
    struct cvl_store_run *at; /* owned, by number */
    size_t count;
};

/** Lists the runs of a store. Its rows are counted and not read.
 *  @return CVL_OK (a store without runs is not an error), CVL_BAD_INPUT where it is damaged,
 *          CVL_NO_MEMORY, CVL_IO; clear in every case */
CVL_API enum cvl_status cvl_store_list(struct cvl_store *store, struct cvl_store_runs *out,
                                       struct cvl_error *err);
CVL_API void cvl_store_runs_clear(struct cvl_store_runs *runs);

/** What a merge did. */
struct cvl_store_merged {
    size_t runs_added;
    size_t runs_there;     /* not added: the store has them, with all their rows */
    size_t runs_completed; /* that the store had with fewer rows */
    size_t rows_added;
};

/** Adds to a store the runs of others that it lacks, oldest first, in one transaction: all or none.
 *
 *  Two runs are the same if sweep, start, command, host and identity are equal, and so are the rows
 *  of equal keys, samples and timelines included. Rows of the same run that the store lacks are
 *  added to it. So a second merge changes nothing, a run that went on after the first merge is
 *  completed, and two machines that began the same run in the same second are kept apart by what
 *  they measured.
 *
 *  Rows are copied as they are, of stores of schema 1 in today's form, and a run says which store
 * it came from (merged_from). A device whose peaks are not in its run gets those that its store
 * keeps; what this store keeps, of this host, does not judge it. Peaks of devices that no run has
 * stay where they are.
 *
 *  @param sources opened to be read; one of them may be the same file as `store`
 *  @return CVL_OK; CVL_BAD_INPUT where a source is damaged; CVL_NO_MEMORY; CVL_IO */
CVL_API enum cvl_status cvl_store_merge(struct cvl_store *store, struct cvl_store *const *sources,
                                        size_t count, struct cvl_store_merged *merged,
                                        struct cvl_error *err);

#ifdef __cplusplus
}
#endif

#endif

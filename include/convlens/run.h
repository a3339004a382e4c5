/** Running cases on one device, in this process. The program does this in a worker process; a user
 *  of the library may do it directly and takes the risk of a driver that crashes or hangs. */
#ifndef CONVLENS_RUN_H
#define CONVLENS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <convlens/chains.h>
#include <convlens/device.h>
#include <convlens/result.h>
#include <convlens/variant.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A device, opened: context, queue, built programs, the last reference. One thread at a time. */
struct cvl_session;

/** How cases are run; zero means the default. */
struct cvl_run_options {
    double budget_s;             /* measuring time of one case; default 0.3 */
    uint64_t memory_limit_bytes; /* skip plans that need more under every policy; 0: none */
    bool time_only;              /* verify and time, for a search: no memory pass */
    double hopeless_s;           /* with it: stop timing after a few samples that are all slower; 0:
                                    do not */
    bool program_sizes;          /* ask CPU drivers, too, how large their binaries of programs are:
                                    some compile anew for the answer, for seconds */
    const char *dump_folder;     /* write tensors as .npy below it; NULL: do not */
    /** Called at the start of each step ("build", "verify", "memory/freed", "time"), so that a
     * death can be told where it struck; may be NULL. */
    void (*progress)(void *user, const char *step);
    void *user;
};

/** Opens a device of cvl_devices_enumerate by its id and calibrates its event clock.
 *  @return CVL_OK, CVL_NO_DEVICE, CVL_FAILED, CVL_NO_MEMORY */
CVL_API enum cvl_status cvl_session_create(const char *device_id, struct cvl_session **out,
                                           struct cvl_error *err);
CVL_API void cvl_session_destroy(struct cvl_session **session);

/** The device's facts, event clock judged. Lives as long as the session. */
CVL_API const struct cvl_device_facts *cvl_session_device(const struct cvl_session *session);

/** Measures what the device can do at most, into its facts as well: arithmetic, bandwidths, launch
 * overhead. Takes a second or a few; what would take much longer, on a simulator say, is left out
 * with the reason in the peaks. `options` may be NULL.
 * @return CVL_OK; what failed else, and the peaks hold what was obtained before */
CVL_API enum cvl_status cvl_session_measure(struct cvl_session *session,
                                            const struct cvl_run_options *options,
                                            struct cvl_device_peaks *out, struct cvl_error *err);

/** Sets the tile parameters of the library's matrix product on this device, from now on: a whole
 * set by name, of which MWG or WGD is one. Rows of plans that use the library state them.
 *  @return CVL_OK; CVL_UNSUPPORTED without CLBlast; CVL_BAD_INPUT, CVL_FAILED */
CVL_API enum cvl_status cvl_session_tune_library(struct cvl_session *session,
                                                 const struct cvl_tuning *values, size_t count,
                                                 struct cvl_error *err);

/** Runs one case: plan, fit check, build, verify, memory pass, timing pass. Always fills the row
 * (inited by the caller), whose status tells what happened; returns CVL_OK where the row is ok or
 * was refused by rule, else the status that made it fail. */
CVL_API enum cvl_status cvl_session_run(struct cvl_session *session,
                                        const struct cvl_variant *variant,
                                        const struct cvl_request *request,
                                        const struct cvl_run_options *options, struct cvl_row *row);

/** Runs a network: plan, fit check, and, with the weights of all layers loaded, an execution under
 * each policy with its allocations really made and released, output verified; then timed. Always
 * fills the row (inited by the caller, its case named); returns as cvl_session_run.
 *  @param choices one for each step */
CVL_API enum cvl_status cvl_session_run_chain(struct cvl_session *session,
                                              const struct cvl_network *chain,
                                              const struct cvl_chain_choice *choices,
                                              enum cvl_layout layout, enum cvl_dtype dtype,
                                              const struct cvl_run_options *options,
                                              struct cvl_chain_row *row);

#ifdef __cplusplus
}
#endif

#endif

/** Running cases on one device, in this process. The program does this in a worker process; a user
 *  of the library may do it directly and takes the risk of a driver that crashes or hangs. */
#ifndef CONVLENS_RUN_H
#define CONVLENS_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <convlens/device.h>
#include <convlens/result.h>
#include <convlens/variant.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A device, opened: context, queue, built programs, the last reference. One thread at a time. */
struct cvl_session;

/** How cases are run; the options are listed in convlens/run_options.def. */
struct cvl_run_options {
#define CVL_RUN_OPTION(type, kind, name, meaning) type name;
#include <convlens/run_options.def>
    /** Called at the start of each step ("build", "verify", "memory/freed", "time"), so that a
     *  death can be attributed to one; may be NULL. */
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

/** Runs a case: plan, fit check, build, verify, memory pass, timing pass. Always fills the row
 *  (inited by the caller), whose status says what happened.
 *  @param choices one for each step of the network; NULL: those of cvl_case_choose
 *  @return CVL_OK where the row is ok or was refused by a rule, else the status that made it fail
 */
CVL_API enum cvl_status cvl_session_run_case(struct cvl_session *session,
                                             const struct cvl_case *item,
                                             const struct cvl_step_choice *choices,
                                             const struct cvl_run_options *options,
                                             struct cvl_row *row);

/** Times a case that was run before in another round of samples: no check, no memory pass. The row
 *  (inited by the caller) has the times, the stages' times and the computed bytes.
 *  @return as cvl_session_run_case */
CVL_API enum cvl_status cvl_session_time(struct cvl_session *session, const struct cvl_case *item,
                                         const struct cvl_step_choice *choices,
                                         const struct cvl_run_options *options,
                                         struct cvl_row *row);

/** The same as cvl_session_run_case for a single layer, without a name. */
CVL_API enum cvl_status cvl_session_run(struct cvl_session *session,
                                        const struct cvl_variant *variant,
                                        const struct cvl_request *request,
                                        const struct cvl_run_options *options, struct cvl_row *row);

#ifdef __cplusplus
}
#endif

#endif

/* CLBlast calls that carry out a plan's library stages. */
#ifndef CVL_OPENCL_CLBLAST_H
#define CVL_OPENCL_CLBLAST_H

#include <stdbool.h>

#include "opencl/cl.h"

#include <convlens/plan.h>

/* Was convlens built with CLBlast? */
bool cvl_clblast_available(void);

/* Enqueues a library stage on `queue`; `buffers` are the plan's, by index.
 * @return CVL_OK, CVL_OUT_OF_MEMORY, CVL_BUILD_FAILED, CVL_FAILED with CLBlast's code;
 * CVL_UNSUPPORTED where convlens was built without CLBlast */
enum cvl_status cvl_clblast_enqueue(const struct cvl_stage *stage, const cl_mem *buffers,
                                    cl_command_queue queue, struct cvl_error *err);

/* Sets the parameters of the matrix product on a device, for the rest of this process: a whole set
 * of the indirect way (MWG and its like) or of the direct one (WGD and its like).
 * @return CVL_OK; CVL_BAD_INPUT for a set of neither; CVL_FAILED; CVL_UNSUPPORTED as above */
enum cvl_status cvl_clblast_tune(cl_device_id device, const struct cvl_tuning *values, size_t count,
                                 struct cvl_error *err);

/* Releases what CLBlast caches (compiled programs) so that a context can go. */
void cvl_clblast_clear(void);

#endif

/* Tensors of a row as .npy files, so that anyone can check it with NumPy. */
#ifndef CVL_RUN_VERIFY_DUMP_H
#define CVL_RUN_VERIFY_DUMP_H

#include <convlens/plan.h>

#include "run/verify/expected.h"

/* Writes input, weights and the device's output below
 * `folder`/<device>-<variant>-<layout>-<dtype>-<number>/, shapes in the row's layout, weights OIHW,
 * those of a network with the number of their layer before the name. The folders are made; number
 * is the first that is not taken yet.
 * @param output the plan's output as the device holds it
 * @return CVL_OK, CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_tensors_dump(const struct cvl_expected *expected, const struct cvl_plan *plan,
                                 const char *device_id, const char *folder, const void *output,
                                 struct cvl_error *err);

#endif

/* The kernels of plans as files, for an offline compiler. */
#ifndef CVL_REPORT_KERNEL_FILES_H
#define CVL_REPORT_KERNEL_FILES_H

#include <convlens/device.h>
#include <convlens/plan.h>

/* A folder with kernels.json, which lists launches, and the sources that they are built from: each
 * .cl whole, as the driver is given it. */
struct cvl_kernel_files;

/* Makes the folder, or takes one that is empty or that has kernels.json and nothing but .cl files.
 * @param device that the plans are made for
 * @return CVL_OK; CVL_BAD_INPUT where the folder has other files, with the name of one; CVL_IO;
 *         CVL_NO_MEMORY */
enum cvl_status cvl_kernel_files_create(const char *folder, const struct cvl_device_facts *device,
                                        struct cvl_kernel_files **out, struct cvl_error *err);

/* Adds the launches of a plan and writes the sources that are not there yet.
 * @return CVL_OK, CVL_IO, CVL_NO_MEMORY, CVL_BAD_INPUT (no such source) */
enum cvl_status cvl_kernel_files_add(struct cvl_kernel_files *files, const struct cvl_plan *plan,
                                     struct cvl_error *err);

/* Writes kernels.json, once, after the last plan. @return CVL_OK, CVL_IO, CVL_NO_MEMORY */
enum cvl_status cvl_kernel_files_finish(struct cvl_kernel_files *files, struct cvl_error *err);

void cvl_kernel_files_destroy(struct cvl_kernel_files **files);

#endif

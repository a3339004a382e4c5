/* Finds devices by a child process, since a driver may crash or hang the process that asks it. */
#ifndef CVL_SUPERVISE_DISCOVER_H
#define CVL_SUPERVISE_DISCOVER_H

#include <stdbool.h>

#include <convlens/device.h>

enum { CVL_FOLDER_BYTES = 256 };

struct cvl_discovery {
    struct cvl_device_list list; /* platforms that killed their child are in it, without devices */
    char icd_folder[CVL_FOLDER_BYTES]; /* where not empty: OCL_ICD_VENDORS for every child, a folder
                                          without the ICDs that kill; removed by clear */
};

/* Asks a child; where that dies or hangs, asks for each ICD file by itself and leaves out those
 * that fail.
 * @return CVL_OK; CVL_NO_DEVICE where there is no OpenCL at all; CVL_IO */
enum cvl_status cvl_discover(bool echo, struct cvl_discovery *out, struct cvl_error *err);
void cvl_discovery_clear(struct cvl_discovery *discovery);

/* Has each device's event clock judged, by a worker of its own; what fails is the reason for not
 * trusting it. */
void cvl_discovery_judge_clocks(struct cvl_discovery *discovery, bool echo);

/* The same, and has each device measured. If that fails, its peaks hold the reason.
 * @return CVL_OK; else the failure of the last device that failed */
enum cvl_status cvl_discovery_measure(struct cvl_discovery *discovery, bool echo,
                                      struct cvl_error *err);

#endif

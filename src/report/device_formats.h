/* Devices for people and for programs: what they say of themselves and what was measured. */
#ifndef CVL_REPORT_DEVICE_FORMATS_H
#define CVL_REPORT_DEVICE_FORMATS_H

#include "report/format.h"

/* table and json of struct cvl_device_list (convlens/device.h). */
extern const struct cvl_formats cvl_device_formats;

#endif

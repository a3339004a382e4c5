/* Devices for people: a table of what they say of themselves and of what was measured. */
#ifndef CVL_REPORT_DEVICE_TABLE_H
#define CVL_REPORT_DEVICE_TABLE_H

#include <convlens/device.h>

/* To standard output. @return CVL_OK or CVL_NO_MEMORY */
enum cvl_status cvl_device_table_print(const struct cvl_device_list *list, struct cvl_error *err);

#endif

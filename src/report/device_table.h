/* Devices for people: a table of what they say of themselves and of what was measured. */
#ifndef CVL_REPORT_DEVICE_TABLE_H
#define CVL_REPORT_DEVICE_TABLE_H

#include <stdbool.h>

#include <convlens/device.h>

/* To standard output. @return false where memory ran out */
bool cvl_device_table_print(const struct cvl_device_list *list);

#endif

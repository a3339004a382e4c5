/* Known defects of drivers, as facts about the device: no driver's name is looked at elsewhere. */
#ifndef CVL_DEVICE_QUIRKS_H
#define CVL_DEVICE_QUIRKS_H

#include <convlens/device.h>

void cvl_quirks_apply(struct cvl_device_facts *facts);

#endif

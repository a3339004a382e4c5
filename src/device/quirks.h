/* Known driver defects, as facts about the device. No other code looks at a driver's name. */
#ifndef CVL_DEVICE_QUIRKS_H
#define CVL_DEVICE_QUIRKS_H

#include <convlens/device.h>

void cvl_quirks_apply(struct cvl_device_facts *facts);

#endif

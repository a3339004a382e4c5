/* IEEE 754 binary16 <-> binary32, round to nearest even. */
#ifndef CVL_RUN_VERIFY_HALF_H
#define CVL_RUN_VERIFY_HALF_H

#include <stdint.h>

uint16_t cvl_half_from_float(float value);
float cvl_half_to_float(uint16_t half);

#endif

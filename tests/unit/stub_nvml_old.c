#define STUB_NVML_OLD
#include "stub_nvml.c"

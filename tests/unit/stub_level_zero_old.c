#define STUB_LEVEL_ZERO_OLD
#include "stub_level_zero.c"

/* An ICD that kills whoever loads it. */
#include <stdlib.h>

__attribute__((constructor)) static void crash(void)
{
    abort();
}

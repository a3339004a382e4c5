/* Whether a row's time was disturbed, by the row's doubt. */
#include "model/disturbance.h"

#include <stdio.h>
#include <string.h>

/* "spread of" is in rows of earlier versions. */
static bool is_harmless(const char *doubt, bool knows_speed)
{
    static const char *const speeds[] = {"the device ran at", "threads passed data on"};
    static const char *const beginnings[] = {"two peaks", "uncertain by", "spread of", "only ",
                                             "launch overhead"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(doubt, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    for (size_t i = 0; knows_speed && i < sizeof speeds / sizeof speeds[0]; i++)
        if (strncmp(doubt, speeds[i], strlen(speeds[i])) == 0)
            return true;
    return false;
}

void cvl_disturbance_find(const char *doubt, bool knows_speed, char *part, size_t size)
{
    part[0] = '\0';
    while (*doubt != '\0' && part[0] == '\0') {
        const char *end = strstr(doubt, "; ");
        const size_t length = end ? (size_t)(end - doubt) : strlen(doubt);
        if (!is_harmless(doubt, knows_speed))
            (void)snprintf(part, size, "%.*s", (int)length, doubt);
        doubt += length + (end ? 2 : 0);
    }
}

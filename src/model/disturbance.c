/* Whether a row's time was disturbed, by the row's doubt. */
#include "model/disturbance.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "spread of" is in rows of earlier versions. */
static bool is_harmless(const char *doubt)
{
    static const char *const beginnings[] = {"two peaks", "uncertain by", "spread of", "only ",
                                             "launch overhead"};
    for (size_t i = 0; i < sizeof beginnings / sizeof beginnings[0]; i++)
        if (strncmp(doubt, beginnings[i], strlen(beginnings[i])) == 0)
            return true;
    return false;
}

void cvl_disturbance_find(const char *doubt, char *part, size_t size)
{
    part[0] = '\0';
    while (*doubt != '\0' && part[0] == '\0') {
        const char *end = strstr(doubt, "; ");
        const size_t length = end ? (size_t)(end - doubt) : strlen(doubt);
        if (!is_harmless(doubt))
            (void)snprintf(part, size, "%.*s", (int)length, doubt);
        doubt += length + (end ? 2 : 0);
    }
}

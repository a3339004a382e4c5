/* Parses and compares PCI addresses. */
#include "probes/probe_pci.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/* Takes one hexadecimal number of at most `limit`, and the character after it. */
static bool take(const char **at, char end, unsigned long limit, unsigned *out)
{
    char *rest = NULL;
    if (!isxdigit((unsigned char)**at))
        return false; /* strtoul also accepts blanks and signs */
    errno = 0;
    unsigned long value = strtoul(*at, &rest, 16);
    if (errno != 0 || value > limit || *rest != end)
        return false;
    *out = (unsigned)value;
    *at = end == '\0' ? rest : rest + 1;
    return true;
}

bool cvl_pci_parse(const char *text, struct cvl_pci *out)
{
    return take(&text, ':', 0xFFFFFFFFul, &out->domain) && take(&text, ':', 0xFF, &out->bus) &&
           take(&text, '.', 0x1F, &out->device) && take(&text, '\0', 7, &out->function);
}

bool cvl_pci_equal(const struct cvl_pci *a, const struct cvl_pci *b)
{
    return a->domain == b->domain && a->bus == b->bus && a->device == b->device &&
           a->function == b->function;
}

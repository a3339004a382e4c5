/* Finds the known name that is nearest to an unknown word. */
#include "base/nearest.h"

#include <string.h>

enum { MAX_BYTES = 63 };

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance, row by row of its table. */
static size_t distance(const char *a, const char *b)
{
    size_t row[MAX_BYTES + 1];
    const size_t length = strlen(b);
    for (size_t i = 0; i <= length; i++)
        row[i] = i;
    for (size_t i = 1; *a != '\0'; a++, i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t k = 1; k <= length; k++) {
            const size_t changed = diagonal + (*a != b[k - 1]);
            diagonal = row[k];
            row[k] = min(changed, min(row[k], row[k - 1]) + 1);
        }
    }
    return row[length];
}

const char *cvl_nearest(const char *word, const char *const *names, size_t count)
{
    const char *nearest = NULL;
    const size_t length = strlen(word);
    size_t least = length / 3 > 1 ? length / 3 + 1 : 2; /* must be below */
    for (size_t i = 0; length <= MAX_BYTES && i < count; i++) {
        if (strlen(names[i]) > MAX_BYTES)
            continue;
        const size_t apart = distance(word, names[i]);
        if (apart < least) {
            least = apart;
            nearest = names[i];
        }
    }
    return nearest;
}

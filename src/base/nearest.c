/* Finds the known name that is nearest to an unknown word. */
#include "base/nearest.h"

#include <string.h>

enum { MAX_BYTES = 63 };

static size_t min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Row by row of the table of distances between what the words begin with. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][MAX_BYTES + 1];
    const size_t a_length = strlen(a), b_length = strlen(b);
    for (size_t i = 0; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t k = 1; k <= b_length; k++) {
            if (i == 0) {
                row[k] = k;
                continue;
            }
            row[k] = min(above[k - 1] + (a[i - 1] != b[k - 1]), min(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = min(row[k], second[k - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
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

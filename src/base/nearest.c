/* The name that a misspelt word most likely stands for. */
#include "base/nearest.h"

#include <string.h>
#include <strings.h>

enum { LONGEST = 63, BEGINNING = 3 };

static unsigned smaller(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static bool is_same(char a, char b)
{
    return strncasecmp(&a, &b, 1) == 0;
}

/* Letters changed, inserted, deleted, or swapped with the next: the distance of optimal string
 * alignment. `a` and `b` have at most LONGEST bytes. */
static unsigned count_changes(const char *a, const char *b)
{
    unsigned rows[3][LONGEST + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    const size_t length = strlen(b);
    for (size_t j = 0; j <= length; j++)
        above[j] = (unsigned)j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < length; j++) {
            row[j + 1] =
                smaller(above[j] + !is_same(a[i], b[j]), smaller(above[j + 1] + 1, row[j] + 1));
            if (i > 0 && j > 0 && is_same(a[i], b[j - 1]) && is_same(a[i - 1], b[j]))
                row[j + 1] = smaller(row[j + 1], before[j - 1] + 1);
        }
        unsigned *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[length];
}

void cvl_nearest_offer(struct cvl_nearest *nearest, const char *name)
{
    const size_t length = strlen(nearest->word);
    if (length == 0 || length > LONGEST || strlen(name) > LONGEST)
        return;
    const unsigned limit = 1 + (unsigned)length / 4;
    unsigned changes = count_changes(nearest->word, name);
    if (changes > limit && length >= BEGINNING && strncasecmp(name, nearest->word, length) == 0)
        changes = limit;
    /* A short word of which nothing is left is another word. */
    if (changes > limit || changes >= length)
        return;
    if (!nearest->best || changes < nearest->changes) {
        nearest->best = name;
        nearest->changes = changes;
    }
}

void cvl_nearest_append(const struct cvl_nearest *nearest, struct cvl_text *text)
{
    if (nearest->best)
        cvl_text_append(text, "; did you mean '%s'?", nearest->best);
}

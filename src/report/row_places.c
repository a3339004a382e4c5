/* The fields of a row as they are documented, from row.def. */
#include "report/row_places.h"

static const struct cvl_row_place places[] = {
#define BETWEEN(before, after) before "POLICY" after
#define PLAIN(text)            text
#define BY_POLICY(texts)       BETWEEN texts
#define TEXT_OF_TEXT           PLAIN
#define TEXT_OF_NOTE           PLAIN
#define TEXT_OF_OWNED          PLAIN
#define TEXT_OF_BOOL           PLAIN
#define TEXT_OF_U32            PLAIN
#define TEXT_OF_U64            PLAIN
#define TEXT_OF_REAL           PLAIN
#define TEXT_OF_CHOICE         PLAIN
#define TEXT_OF_POLICIES       BY_POLICY
#define FIELD(part, kind, arg, member, column, unit, heading, meaning)                             \
    {part #member, TEXT_OF_##kind(column), TEXT_OF_##kind(meaning)},
#define CVL_ROW_KEY(column, heading, meaning, expression)                 {#column, #column, meaning},
#define CVL_ROW_DERIVED(column, kind, unit, heading, meaning, expression) {"", #column, meaning},
#define CVL_ROW_DERIVED_POLICIES(name, kind, column, unit, heading, meaning, expression)           \
    {"", BY_POLICY(column), BY_POLICY(meaning)},
#define CVL_ROW_HEAD(...)     FIELD("", __VA_ARGS__)
#define CVL_ROW_TIME(...)     FIELD("time.", __VA_ARGS__)
#define CVL_ROW_COMPUTED(...) FIELD("memory.computed.", __VA_ARGS__)
#define CVL_ROW_COUNTED(...)  FIELD("memory.counted.", __VA_ARGS__)
#define CVL_ROW_MEASURED(...) FIELD("memory.measured.", __VA_ARGS__)
#define CVL_ROW_KERNELS(...)  FIELD("memory.kernels.", __VA_ARGS__)
#define CVL_ROW_CHECK(...)    FIELD("check.", __VA_ARGS__)
#define CVL_ROW_ROOFLINE(...) FIELD("roofline.", __VA_ARGS__)
#define CVL_ROW_LAYER(...)    FIELD("layers[].", __VA_ARGS__)
#define CVL_ROW_STAGE(...)    FIELD("stages[].", __VA_ARGS__)
#define CVL_ROW_ROUND(...)    FIELD("rounds[].", __VA_ARGS__)
#include <convlens/row.def>
};

const struct cvl_row_place *cvl_row_place_at(size_t index)
{
    return index < sizeof places / sizeof places[0] ? &places[index] : NULL;
}

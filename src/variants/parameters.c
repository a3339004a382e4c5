/* Reads the tile parameters of a case. */
#include "variants/parameters.h"

#include <string.h>

int32_t cvl_parameter_value(const struct cvl_request *request, const char *name,
                            int32_t default_value)
{
    for (uint32_t i = 0; i < request->tuning_count; i++)
        if (!strcmp(request->tuning[i].name, name))
            return request->tuning[i].value;
    return default_value;
}

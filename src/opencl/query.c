/* Queries drivers. */
#include "opencl/query.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

bool cvl_query(cl_device_id device, cl_device_info what, void *value, size_t size)
{
    size_t got = 0;
    cl_int code = clGetDeviceInfo(device, what, size, value, &got);
    if (code == CL_SUCCESS && got == size)
        return true;
    memset(value, 0, size);
    return false;
}

uint32_t cvl_query_uint(cl_device_id device, cl_device_info what, uint32_t absent)
{
    cl_uint value;
    return cvl_query(device, what, &value, sizeof value) ? value : absent;
}

uint64_t cvl_query_ulong(cl_device_id device, cl_device_info what)
{
    cl_ulong value;
    (void)cvl_query(device, what, &value, sizeof value);
    return value;
}

uint64_t cvl_query_size(cl_device_id device, cl_device_info what)
{
    size_t value;
    (void)cvl_query(device, what, &value, sizeof value);
    return value;
}

char *cvl_query_text(cl_device_id device, cl_device_info what)
{
    size_t size = 0;
    if (clGetDeviceInfo(device, what, 0, NULL, &size) != CL_SUCCESS || size == 0)
        return NULL;
    char *text = calloc(1, size + 1);
    if (text && clGetDeviceInfo(device, what, size, text, NULL) == CL_SUCCESS)
        return text;
    free(text);
    return NULL;
}

void cvl_text_tidy(char *target, size_t size, char *text)
{
    static const char blanks[] = " \t\r\n";
    target[0] = '\0';
    if (!text)
        return;
    text += strspn(text, blanks);
    size_t length = strlen(text);
    while (length > 0 && strchr(blanks, text[length - 1]))
        text[--length] = '\0';
    cvl_copy_safe(target, size, text);
}

bool cvl_has_word(const char *list, const char *word)
{
    return list && cvl_has_entry(list, " ", word);
}

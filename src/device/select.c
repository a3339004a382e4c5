/* Selects devices by index, type or name. */
#include <convlens/device.h>

#include <string.h>
#include <strings.h>

#include "base/text.h"

/* "0" or "0:1": digits with at most one colon between them. */
static bool is_index(const char *selector)
{
    static const char digits[] = "0123456789";
    size_t platform = strspn(selector, digits);
    if (platform == 0 || selector[platform] == '\0')
        return platform > 0;
    const char *device = selector + platform + 1;
    return selector[platform] == ':' && *device != '\0' && device[strspn(device, digits)] == '\0';
}

/* Matches the whole id, or its platform part. */
static bool matches_index(const char *id, const char *selector)
{
    size_t length = strlen(selector);
    if (strncmp(id, selector, length) != 0)
        return false;
    return id[length] == '\0' || (id[length] == ':' && !strchr(selector, ':'));
}

bool cvl_device_matches(const struct cvl_device_facts *device, const char *selector)
{
    if (*selector == '\0')
        return false;
    if (strcmp(device->id, selector) == 0)
        return true;
    if (is_index(selector))
        return matches_index(device->id, selector);
    for (int type = 0; type < CVL_DEVICE_OTHER; type++)
        if (strcasecmp(selector, cvl_device_type_name((enum cvl_device_type)type)) == 0)
            return device->type == (enum cvl_device_type)type;
    return cvl_contains_ignoring_case(device->platform, selector) ||
           cvl_contains_ignoring_case(device->vendor, selector) ||
           cvl_contains_ignoring_case(device->name, selector);
}

static void append_devices(struct cvl_text *text, const struct cvl_device_list *list)
{
    for (size_t i = 0; i < list->device_count; i++) {
        const struct cvl_device_facts *device = &list->devices[i];
        cvl_text_append(text, i == 0 ? "; available: " : ", ");
        cvl_text_append_safe(text, device->id);
        cvl_text_append(text, " ");
        cvl_text_append_safe(text, device->name);
        cvl_text_append(text, " (");
        cvl_text_append_safe(text, device->platform);
        cvl_text_append(text, ")");
    }
}

/* Explains, for each platform, why there is no device. */
static void append_platforms(struct cvl_text *text, const struct cvl_device_list *list)
{
    if (list->platform_count == 0)
        cvl_text_append(text, "; no OpenCL platform is available");
    for (size_t i = 0; i < list->platform_count; i++) {
        const struct cvl_platform_facts *platform = &list->platforms[i];
        cvl_text_append(text, i == 0 ? "; platforms: " : ", ");
        cvl_text_append_safe(text, platform->name);
        if (platform->problem[0] == '\0')
            continue;
        cvl_text_append(text, " (");
        cvl_text_append_safe(text, platform->problem);
        cvl_text_append(text, ")");
    }
}

/* @param selector NULL: none was given */
static enum cvl_status no_match(const struct cvl_device_list *list, const char *selector,
                                struct cvl_error *err)
{
    struct cvl_text text = {0};
    if (selector) {
        cvl_text_append(&text, "no device matches '");
        cvl_text_append_safe(&text, selector);
        cvl_text_append(&text, "'");
    } else {
        cvl_text_append(&text, "no OpenCL device");
    }
    if (list->device_count > 0)
        append_devices(&text, list);
    else
        append_platforms(&text, list);
    enum cvl_status status =
        cvl_fail(err, CVL_NO_DEVICE, "%s", text.data ? text.data : "no device matches");
    cvl_text_clear(&text);
    return status;
}

enum cvl_status cvl_devices_select(const struct cvl_device_list *list, const char *const *selectors,
                                   size_t selector_count, bool *chosen, struct cvl_error *err)
{
    for (size_t i = 0; i < list->device_count; i++)
        chosen[i] = selector_count == 0;
    if (selector_count == 0 && list->device_count == 0)
        return no_match(list, NULL, err);
    for (size_t s = 0; s < selector_count; s++) {
        bool any = false;
        for (size_t i = 0; i < list->device_count; i++) {
            if (!cvl_device_matches(&list->devices[i], selectors[s]))
                continue;
            chosen[i] = true;
            any = true;
        }
        if (!any)
            return no_match(list, selectors[s], err);
    }
    return CVL_OK;
}

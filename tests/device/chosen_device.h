/* The device that a test works on: the one that CVL_TEST_DEVICE names (a selector), else the first.
 * Without one the test is skipped, with the reason; where on.sh found an OpenCL implementation
 * (CVL_TEST_IMPLEMENTATION), it fails. */
#ifndef CVL_TESTS_CHOSEN_DEVICE_H
#define CVL_TESTS_CHOSEN_DEVICE_H

#include <criterion/criterion.h>

#include <stdlib.h>

#include <convlens/device.h>

static inline struct cvl_device_facts chosen_device(void)
{
    struct cvl_device_list list = {0};
    struct cvl_error err = {0};
    struct cvl_device_facts device = {0};
    const char *selector = getenv("CVL_TEST_DEVICE");
    bool chosen[64] = {false};
    enum cvl_status status = cvl_devices_enumerate(&list, &err);
    if (status == CVL_OK && list.device_count <= sizeof chosen / sizeof chosen[0])
        status = cvl_devices_select(&list, &selector, selector ? 1 : 0, chosen, &err);
    for (size_t i = list.device_count; status == CVL_OK && i-- > 0;)
        if (chosen[i])
            device = list.devices[i];
    cvl_device_list_clear(&list);
    if (status != CVL_OK && getenv("CVL_TEST_IMPLEMENTATION"))
        cr_assert_fail("%s: %s", getenv("CVL_TEST_IMPLEMENTATION"), err.text);
    if (status != CVL_OK)
        cr_skip_test("%s", err.text);
    return device;
}

#endif

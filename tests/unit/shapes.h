/* Problems and devices that plans differ for. */
#ifndef CVL_TESTS_SHAPES_H
#define CVL_TESTS_SHAPES_H

#include <convlens/device.h>

enum { SHAPE_DEVICES = 4 };

/* The devices that tiles differ for. */
static inline struct cvl_device_facts device_at(unsigned index)
{
    struct cvl_device_facts device = cvl_device_facts_default();
    if (index == 1)
        device.float_vector_width = 8;
    if (index == 2)
        device.loop_limit = 65535;
    if (index == 3) {
        device.type = CVL_DEVICE_GPU;
        device.float_vector_width = 1;
        device.local_bytes = 32768;
    }
    return device;
}

static const char *const shapes[] = {
    "ic3ih7iw5oc5kh3kw3ph1pw1",
    "mb2ic5ih9iw11oc7kh3kw5sh2sw3ph1pw2",
    "mb3g2ic6ih5oc10kh3ph1",
    "ic64ih56oc64kh3ph1",
    "ic3ih8oc2oh4kh3sh2ph0",
    "depthwise:mb2g5ic5ih8oc5kh3sh2ph1",
    "depthwise:g512ic512ih14oc512kh3ph1",
    "pointwise:mb2ic7ih5iw3oc11kh1kw1ph0pw0",
    "pointwise:ic33ih5oc17oh3kh1sh2ph0",
    "pointwise:ic1ih1oc1kh1ph0",
    "separable:mb2ic5ih17iw23oc7kh3kw5sh2sw2ph1pw2",
    "separable:mb3ic37ih30oc53kh3ph1",
    "separable:ic1024ih7oc1024kh3ph1",
    "separable:mb2ic37ih30oc53kh3sh2ph1dm2",
    "separable:ic5ih17iw23oc7kh3kw5ph1pw2dm3",
    "inverted:mb2ic5ih17iw23oc7kh3kw5sh2sw2ph1pw2mc31",
    "inverted:ic24ih56oc24kh3ph1mc144res1",
    "inverted:mb3ic37ih30oc37kh3ph1mc53res1",
    "transposed:mb2ic16ih9iw7oc19kh3kw3sh2sw2ph1pw1",
    "transposed:mb1g2ic8ih5oc12kh4sh2ph1dh1",
};

enum { SHAPE_COUNT = sizeof shapes / sizeof shapes[0] };

#endif

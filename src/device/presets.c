/* The table of described devices. */
#include <convlens/device.h>

static const struct cvl_device_preset presets[] = {
#define CVL_PRESET(preset, words, ...)                                                             \
    {.name = (preset), .summary = (words), .facts = {.id = preset, __VA_ARGS__}},
#include "device/presets.def"
#undef CVL_PRESET
};

bool cvl_device_preset_at(size_t index, struct cvl_device_preset *out)
{
    if (index >= sizeof presets / sizeof presets[0])
        return false;
    *out = presets[index];
    out->facts.peaks = cvl_device_peaks_none();
    return true;
}

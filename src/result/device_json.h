/* Facts of devices and platforms as JSON objects. `key` is the device's id. */
#ifndef CVL_RESULT_DEVICE_JSON_H
#define CVL_RESULT_DEVICE_JSON_H

#include <jansson.h>

#include <convlens/device.h>

/* New objects; NULL where memory ran out. A figure that no int64_t holds is null. */
json_t *cvl_device_json(const struct cvl_device_facts *facts);
/* null where the device was never measured. */
json_t *cvl_peaks_json(const struct cvl_device_peaks *peaks);
json_t *cvl_platform_json(const struct cvl_platform_facts *facts);

/* {"platforms": […], "devices": […]} */
json_t *cvl_device_list_json(const struct cvl_device_list *list);

/* @return CVL_OK; CVL_BAD_INPUT with the key that is missing or wrong. null figures become
 * UINT64_MAX. */
enum cvl_status cvl_device_json_read(const json_t *object, struct cvl_device_facts *facts,
                                     struct cvl_error *err);
/* Are all members of the object some that a device has? @return CVL_OK, or CVL_BAD_INPUT with the
 * one that is not, and the nearest name; CVL_NO_MEMORY */
enum cvl_status cvl_device_json_known(json_t *object, struct cvl_error *err);
/* null and NULL are peaks with every figure absent. */
enum cvl_status cvl_peaks_json_read(const json_t *object, struct cvl_device_peaks *peaks,
                                    struct cvl_error *err);
enum cvl_status cvl_platform_json_read(const json_t *object, struct cvl_platform_facts *facts,
                                       struct cvl_error *err);

#endif

#include "device.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "opencl/clblast.h"
#include "run/time/event_clock.h"
#include "tuning/database.h"
#include "tuning/library.h"

static enum cvl_status find_id(const char *selector, char *id, size_t size, struct cvl_error *err)
{
    struct cvl_device_list list = {0};
    enum cvl_status status = cvl_devices_enumerate(&list, err);
    if (status != CVL_OK)
        return status;
    *id = '\0';
    for (size_t i = 0; i < list.device_count && *id == '\0'; i++)
        if (cvl_device_matches(&list.devices[i], selector))
            cvl_copy(id, size, list.devices[i].id);
    cvl_device_list_clear(&list);
    return *id != '\0' ? CVL_OK : cvl_fail(err, CVL_NO_DEVICE, "no device matches '%s'", selector);
}

static enum cvl_status find_class(const struct peers_device *device,
                                  const struct cvl_problem_class *kind, struct cvl_values *out,
                                  struct cvl_error *err)
{
    struct cvl_settlement settlement;
    struct cvl_tuning_key key = {&device->opened.facts, kind};
    bool found = false;
    *out = (struct cvl_values){0};
    enum cvl_status status = CVL_OK;
    if (device->tuning)
        status = cvl_tuning_find(device->tuning, &key, &settlement, &found, err);
    if (status == CVL_OK && found)
        *out = settlement.asked;
    return status;
}

static enum cvl_status tune_library(const struct peers_device *device, struct cvl_error *err)
{
    struct cvl_problem_class kind;
    struct cvl_values values;
    cvl_library_class(&kind);
    enum cvl_status status = find_class(device, &kind, &values, err);
    if (status == CVL_OK && values.count > 0)
        status = cvl_clblast_tune(device->opened.device, values.at, values.count, err);
    return status;
}

enum cvl_status peers_device_open(const char *selector, const char *tuning,
                                  struct peers_device *out, struct cvl_error *err)
{
    char id[sizeof out->opened.facts.id];
    *out = (struct peers_device){0};
    enum cvl_status status = find_id(selector, id, sizeof id, err);
    if (status == CVL_OK)
        status = cvl_opened_create(id, &out->opened, err);
    if (status != CVL_OK)
        return status;
    cvl_event_clock_calibrate(&out->opened);
    if (tuning)
        status = cvl_tuning_database_open(tuning, CVL_STORE_READ, &out->tuning, err);
    if (status == CVL_OK)
        status = tune_library(out, err);
    if (status != CVL_OK)
        peers_device_close(out);
    return status;
}

void peers_device_close(struct peers_device *device)
{
    cvl_tuning_database_close(&device->tuning);
    cvl_opened_close(&device->opened);
}

void peers_device_print(const struct peers_device *device)
{
    const struct cvl_device_facts *facts = &device->opened.facts;
    const char *threads = getenv("OMP_NUM_THREADS");
    char name[4 * CVL_DEVICE_TEXT_BYTES], version[4 * CVL_DEVICE_TEXT_BYTES];
    cvl_copy_safe(name, sizeof name, facts->name);
    cvl_copy_safe(version, sizeof version, facts->version);
    (void)printf("%s, %s, %u compute units, %s clock; oneDNN with %s threads\n", name, version,
                 facts->compute_units, facts->event_clock == CVL_CLOCK_TRUSTED ? "event" : "host",
                 threads ? threads : "its own number of");
}

enum cvl_status peers_device_tuned(const struct peers_device *device, const char *variant,
                                   const struct cvl_request *request, struct cvl_values *out,
                                   struct cvl_error *err)
{
    struct cvl_problem_class kind;
    cvl_problem_class(variant, request, &kind);
    return find_class(device, &kind, out, err);
}

/* convlens devices */
#include <stdlib.h>
#include <unistd.h>

#include <convlens/model.h>
#include <convlens/store.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/chosen.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "opencl/drivers.h"
#include "report/device_formats.h"
#include "supervise/discover.h"

/* What the store knows of the devices. A store that cannot be read is no reason not to list them.
 */
static void recall_peaks(const struct cvl_options *options, struct cvl_device_list *list)
{
    struct cvl_store *store = NULL;
    struct cvl_error reason = {0};
    if (access(options->store, F_OK) != 0)
        return;
    enum cvl_status status = cvl_store_open(options->store, CVL_STORE_READ, &store, &reason);
    for (size_t i = 0; i < list->device_count && status == CVL_OK; i++)
        status = cvl_store_get_peaks(store, &list->devices[i], &list->devices[i].peaks, &reason);
    if (status != CVL_OK)
        cvl_log(CVL_LOG_WARNING, "what was measured is not known: %s", reason.text);
    cvl_store_close(&store);
}

/* Keeps what was measured, unless what is kept was measured on a quieter machine. */
static enum cvl_status keep_peaks_of(struct cvl_store *store, const struct cvl_device_facts *device,
                                     struct cvl_error *err)
{
    struct cvl_device_facts better = *device;
    struct cvl_device_peaks kept;
    enum cvl_status status = cvl_store_get_peaks(store, device, &kept, err);
    if (status != CVL_OK)
        return status;
    if (cvl_peaks_merge(&kept, &device->peaks, &better.peaks))
        status = cvl_store_put_peaks(store, &better, err);
    if (kept.measured[0] != '\0' && better.peaks.doubt[0] == '\0' && device->peaks.doubt[0] != '\0')
        cvl_log(CVL_LOG_WARNING,
                "device %s: the store keeps what was measured without a doubt (%s), but for rates "
                "that are higher now",
                device->id, kept.measured);
    return status;
}

static enum cvl_status keep_peaks(const struct cvl_options *options,
                                  const struct cvl_device_list *list, struct cvl_error *err)
{
    struct cvl_store *store = NULL;
    enum cvl_status status = cvl_store_open(options->store, CVL_STORE_WRITE, &store, err);
    for (size_t i = 0; i < list->device_count && status == CVL_OK; i++)
        status = keep_peaks_of(store, &list->devices[i], err);
    cvl_store_close(&store);
    return status;
}

/* A device that fails is named in its row and in the exit status; the others are kept. */
static int measure(const struct cvl_options *options, struct cvl_discovery *discovery)
{
    struct cvl_error failure = {0}, err = {0};
    enum cvl_status measured = cvl_discovery_measure(discovery, options->verbose, &failure);
    if (keep_peaks(options, &discovery->list, &err) != CVL_OK)
        return cvl_report_error(&err);
    return measured == CVL_OK ? CVL_EXIT_DONE : CVL_EXIT_WRONG;
}

/* Keeps the selected devices, in their order. */
static enum cvl_status select_devices(const struct cvl_options *options,
                                      struct cvl_device_list *list, struct cvl_error *err)
{
    bool *chosen = calloc(list->device_count + 1, sizeof *chosen);
    if (!chosen)
        return cvl_fail(err, CVL_NO_MEMORY, "no memory for the devices");
    enum cvl_status status =
        cvl_devices_select(list, options->selectors.at, options->selectors.count, chosen, err);
    size_t kept = 0;
    for (size_t i = 0; status == CVL_OK && i < list->device_count; i++)
        if (chosen[i])
            list->devices[kept++] = list->devices[i];
    if (status == CVL_OK)
        list->device_count = kept;
    free(chosen);
    return status;
}

static void advise(void)
{
    struct cvl_text text = {0};
    cvl_drivers_advise_device(&text);
    cvl_log(CVL_LOG_WARNING, "no OpenCL device%s", text.data ? text.data : "");
    cvl_text_clear(&text);
}

static int devices(const struct cvl_options *options)
{
    struct cvl_discovery discovery = {0};
    struct cvl_error err = {0};
    enum cvl_status status = cvl_output_check(options, &cvl_device_formats, &err);
    if (status == CVL_OK && options->operand_count > 0)
        status = cvl_fail(&err, CVL_BAD_INPUT, "devices: got '%s', expected options alone",
                          options->operands[0]);
    if (status == CVL_OK)
        status = cvl_discover(options->verbose, &discovery, &err);
    if (status == CVL_OK && options->selectors.count > 0)
        status = select_devices(options, &discovery.list, &err);
    if (status != CVL_OK) {
        cvl_discovery_clear(&discovery);
        return cvl_report_error(&err);
    }
    int measured = CVL_EXIT_DONE;
    cvl_chosen_warn(&discovery.list);
    if (options->measure) {
        measured = measure(options, &discovery);
    } else {
        cvl_discovery_judge_clocks(&discovery, options->verbose);
        recall_peaks(options, &discovery.list);
    }
    status = cvl_output_write(options, &cvl_device_formats, &discovery.list, &err);
    int result = status == CVL_OK ? measured : cvl_report_error(&err);
    if (discovery.list.device_count == 0 && result == CVL_EXIT_DONE) {
        advise();
        result = CVL_EXIT_NO_DEVICE;
    }
    cvl_discovery_clear(&discovery);
    return result;
}

const struct cvl_verb cvl_verb_devices = {
    .name = "devices",
    .arguments = "",
    .formats = &cvl_device_formats,
    .examples = "convlens devices\n"
                "convlens devices --measure --device gpu",
    .summary = "which OpenCL devices are here, and what they can do",
    .options = CVL_FOR_DEVICES,
    .run = devices,
};

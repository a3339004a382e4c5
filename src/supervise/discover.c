/* Finds devices through a child process for each ICD file, so that one bad driver hides no other.
 */
#include "supervise/discover.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "opencl/drivers.h"
#include "supervise/measure.h"
#include "supervise/process.h"
#include "supervise/protocol.h"
#include "supervise/worker_link.h"

static const double probe_limit_s = 60.0;

static enum cvl_status make_folder(char *folder, struct cvl_error *err)
{
    const char *base = getenv("TMPDIR");
    base = base && *base ? base : "/tmp";
    int length = snprintf(folder, CVL_FOLDER_BYTES, "%s/convlens-icd-XXXXXX", base);
    bool fits = length < CVL_FOLDER_BYTES;
    if (fits && mkdtemp(folder))
        return CVL_OK;
    folder[0] = '\0';
    return cvl_fail(err, CVL_IO, "supervise: no folder can be made in %s: %s", base,
                    strerror(fits ? errno : ENAMETOOLONG));
}

static void link_file(const char *folder, const char *path)
{
    char name[CVL_FOLDER_BYTES + 260];
    const char *slash = strrchr(path, '/');
    (void)snprintf(name, sizeof name, "%s/%s", folder, slash ? slash + 1 : path);
    (void)!symlink(path, name);
}

static void remove_folder(char *folder)
{
    struct dirent **entries = NULL;
    int count = *folder ? scandir(folder, &entries, cvl_icd_files_has, NULL) : 0;
    for (int i = 0; i < count; i++) {
        char path[CVL_FOLDER_BYTES + 260];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        (void)unlink(path);
        free(entries[i]);
    }
    free(entries);
    if (*folder)
        (void)rmdir(folder);
    folder[0] = '\0';
}

/* What a probing child said: a list of devices or an error. */
static enum cvl_status read_answer(const char *line, struct cvl_device_list *out,
                                   struct cvl_error *err)
{
    struct cvl_message message;
    if (cvl_device_list_read(line, out, err) == CVL_OK)
        return CVL_OK;
    enum cvl_status status = CVL_FAILED;
    if (cvl_message_read(line, &message, NULL) != CVL_OK)
        return cvl_fail(err, CVL_FAILED, "enumerating devices: %s", err->text);
    if (message.kind == CVL_MESSAGE_ERROR)
        status = cvl_fail(err, message.error.status, "%s", message.error.text);
    cvl_message_clear(&message);
    return status;
}

/* @return CVL_OK; CVL_CRASHED or CVL_TIMEOUT where the child did not survive; what the child
 * answered else */
static enum cvl_status probe(const char *icd_folder, bool echo, struct cvl_device_list *out,
                             struct cvl_error *err)
{
    const char *const arguments[] = {"probe", NULL};
    struct cvl_process_setup setup = {arguments, icd_folder, echo};
    struct cvl_process child;
    char *line = NULL;
    enum cvl_status status = cvl_process_start(&setup, &child, err);
    if (status != CVL_OK)
        return status;
    enum cvl_process_event event =
        cvl_process_next(&child, cvl_host_now() + probe_limit_s, -1, &line);
    cvl_process_stop(&child, event == CVL_PROCESS_TIMEOUT ? 0.0 : 5.0);
    if (event == CVL_PROCESS_LINE) {
        status = read_answer(line, out, err);
    } else if (event == CVL_PROCESS_TIMEOUT) {
        status = cvl_fail(err, CVL_TIMEOUT, "no answer within %.0f s", probe_limit_s);
    } else {
        char how[320];
        cvl_process_describe_end(&child, how, sizeof how);
        status = cvl_fail(err, CVL_CRASHED, "died: %s", how);
    }
    free(line);
    return status;
}

static enum cvl_status add_culprit(struct cvl_device_list *list, const char *path,
                                   const char *problem, struct cvl_error *err)
{
    struct cvl_platform_facts *platforms =
        realloc(list->platforms, (list->platform_count + 1) * sizeof *platforms);
    if (!platforms)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for a platform");
    list->platforms = platforms;
    struct cvl_platform_facts *culprit = &platforms[list->platform_count++];
    *culprit = (struct cvl_platform_facts){0};
    const char *slash = strrchr(path, '/');
    cvl_copy_safe(culprit->name, sizeof culprit->name, slash ? slash + 1 : path);
    cvl_copy_safe(culprit->icd, sizeof culprit->icd, path);
    cvl_copy(culprit->problem, sizeof culprit->problem, problem);
    return CVL_OK;
}

/* Tries each ICD in a folder of its own; fills the discovery's folder with those that live, and
 * `culprits`. */
static enum cvl_status sort_icds(const struct cvl_icd_files *files, bool echo,
                                 struct cvl_discovery *out, struct cvl_device_list *culprits,
                                 struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < files->count && status == CVL_OK; i++) {
        char folder[CVL_FOLDER_BYTES];
        struct cvl_device_list list = {0};
        struct cvl_error reason = {0};
        status = make_folder(folder, err);
        if (status != CVL_OK)
            return status;
        link_file(folder, files->paths[i]);
        enum cvl_status alive = probe(folder, echo, &list, &reason);
        remove_folder(folder);
        cvl_device_list_clear(&list);
        if (alive == CVL_CRASHED || alive == CVL_TIMEOUT)
            status = add_culprit(culprits, files->paths[i], reason.text, err);
        else
            link_file(out->icd_folder, files->paths[i]);
    }
    return status;
}

static enum cvl_status isolate(bool echo, struct cvl_discovery *out, struct cvl_error *err)
{
    struct cvl_icd_files files;
    struct cvl_device_list culprits = {0};
    cvl_icd_files_list(&files);
    if (files.count == 0)
        return cvl_fail(err, CVL_NO_DEVICE, "enumerating devices: %s", err->text);
    enum cvl_status status = make_folder(out->icd_folder, err);
    if (status == CVL_OK)
        status = sort_icds(&files, echo, out, &culprits, err);
    if (status == CVL_OK)
        status = probe(out->icd_folder, echo, &out->list, err);
    if (status == CVL_CRASHED || status == CVL_TIMEOUT) /* each lives alone; together they do not */
        status = cvl_fail(err, status, "enumerating devices: %s", err->text);
    if (status == CVL_NO_DEVICE && culprits.platform_count > 0)
        status = CVL_OK; /* nothing but culprits: say so in the list */
    for (size_t i = 0; i < culprits.platform_count && status == CVL_OK; i++)
        status =
            add_culprit(&out->list, culprits.platforms[i].icd, culprits.platforms[i].problem, err);
    cvl_device_list_clear(&culprits);
    cvl_icd_files_clear(&files);
    return status;
}

enum cvl_status cvl_discover(bool echo, struct cvl_discovery *out, struct cvl_error *err)
{
    struct cvl_error unused = {0};
    err = err ? err : &unused;
    *out = (struct cvl_discovery){0};
    enum cvl_status status = probe(NULL, echo, &out->list, err);
    if (status == CVL_CRASHED || status == CVL_TIMEOUT)
        status = isolate(echo, out, err);
    if (status != CVL_OK)
        cvl_discovery_clear(out);
    return status;
}

void cvl_discovery_clear(struct cvl_discovery *discovery)
{
    cvl_device_list_clear(&discovery->list);
    remove_folder(discovery->icd_folder);
}

void cvl_discovery_judge_clocks(struct cvl_discovery *discovery, bool echo)
{
    for (size_t i = 0; i < discovery->list.device_count; i++) {
        struct cvl_device_facts *facts = &discovery->list.devices[i];
        struct cvl_worker_setup setup = {
            .device_id = facts->id, .icd_folder = discovery->icd_folder, .echo = echo};
        struct cvl_worker_link link;
        struct cvl_error reason = {0};
        if (cvl_worker_link_open(&setup, cvl_host_now() + probe_limit_s, -1, &link, facts,
                                 &reason) != CVL_OK)
            cvl_copy(facts->event_clock_reason, sizeof facts->event_clock_reason, reason.text);
        cvl_worker_link_close(&link);
    }
}

enum cvl_status cvl_discovery_measure(struct cvl_discovery *discovery, bool echo,
                                      struct cvl_error *err)
{
    enum cvl_status result = CVL_OK;
    for (size_t i = 0; i < discovery->list.device_count; i++) {
        struct cvl_device_facts *facts = &discovery->list.devices[i];
        const struct cvl_worker_setup setup = {
            .device_id = facts->id, .icd_folder = discovery->icd_folder, .echo = echo};
        struct cvl_error reason = {0};
        enum cvl_status status = cvl_measure_device(&setup, -1, facts, &reason);
        if (status != CVL_OK)
            result = cvl_fail(err, status, "device %s: %s", facts->id, reason.text);
        if (status != CVL_OK && facts->event_clock == CVL_CLOCK_UNKNOWN)
            cvl_copy(facts->event_clock_reason, sizeof facts->event_clock_reason, reason.text);
    }
    return result;
}

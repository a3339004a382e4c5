/* Writes kernels as files: in a folder, opened once, so that nothing outside it is written. */
#include "report/kernel_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/text_set.h"
#include "opencl/capabilities.h"
#include "opencl/sources.h"
#include "report/document.h"
#include "result/device_json.h"
#include "result/fields.h"

static const char manifest[] = "kernels.json";

struct cvl_kernel_files {
    char shown[256]; /* the folder's name */
    int folder;
    struct cvl_device_facts device;
    json_t *kernels;
    struct cvl_text_set sources; /* that are written */
};

static enum cvl_status fail_io(const struct cvl_kernel_files *files, const char *name,
                               struct cvl_error *err)
{
    return cvl_fail(err, CVL_IO, "%s/%s: %s", files->shown, name, strerror(errno));
}

static bool is_source(const char *name)
{
    const size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".cl") == 0;
}

/* Is the folder empty, or one that was written before? */
static enum cvl_status check_entries(const struct cvl_kernel_files *files, DIR *entries,
                                     struct cvl_error *err)
{
    char foreign[256] = "", any[256] = "";
    bool has_manifest = false;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        const bool is_manifest = strcmp(name, manifest) == 0;
        has_manifest |= is_manifest;
        cvl_copy_safe(is_manifest || is_source(name) ? any : foreign, sizeof any, name);
    }
    if (foreign[0] == '\0' && (has_manifest || any[0] == '\0'))
        return CVL_OK;
    return cvl_fail(err, CVL_BAD_INPUT,
                    "%s: has '%s', expected a new or empty folder, or one that was written so "
                    "before: %s and .cl files",
                    files->shown, foreign[0] != '\0' ? foreign : any, manifest);
}

static enum cvl_status open_folder(struct cvl_kernel_files *files, const char *folder,
                                   struct cvl_error *err)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return cvl_fail(err, CVL_IO, "%s: %s", files->shown, strerror(errno));
    files->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int copy = files->folder >= 0 ? fcntl(files->folder, F_DUPFD_CLOEXEC, 0) : -1;
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    if (!entries) {
        const enum cvl_status status =
            cvl_fail(err, CVL_IO, "%s: %s", files->shown, strerror(errno));
        if (copy >= 0)
            (void)close(copy);
        return status;
    }
    const enum cvl_status status = check_entries(files, entries, err);
    (void)closedir(entries);
    return status;
}

enum cvl_status cvl_kernel_files_create(const char *folder, const struct cvl_device_facts *device,
                                        struct cvl_kernel_files **out, struct cvl_error *err)
{
    *out = NULL;
    struct cvl_kernel_files *files = calloc(1, sizeof *files);
    if (!files)
        return cvl_fail(err, CVL_NO_MEMORY, "report/kernels: out of memory");
    files->folder = -1;
    files->device = *device;
    files->kernels = json_array();
    cvl_copy_safe(files->shown, sizeof files->shown, folder);
    enum cvl_status status = files->kernels
                                 ? open_folder(files, folder, err)
                                 : cvl_fail(err, CVL_NO_MEMORY, "report/kernels: out of memory");
    if (status != CVL_OK)
        cvl_kernel_files_destroy(&files);
    *out = files;
    return status;
}

/* A new file beside the old one, which a link may be: no file outside the folder is opened. */
static FILE *open_part(const struct cvl_kernel_files *files, const char *part)
{
    (void)unlinkat(files->folder, part, 0);
    const int file =
        openat(files->folder, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    FILE *stream = file >= 0 ? fdopen(file, "w") : NULL;
    if (file >= 0 && !stream)
        (void)close(file);
    return stream;
}

static enum cvl_status write_part(const char *text, json_t *document, FILE *stream,
                                  struct cvl_error *err)
{
    if (!text)
        return cvl_document_write(document, 1, stream, err);
    (void)fputs(text, stream);
    return CVL_OK;
}

/* A file appears whole or not at all. @param text or the document, which is taken over */
static enum cvl_status write_file(const struct cvl_kernel_files *files, const char *name,
                                  const char *text, json_t *document, struct cvl_error *err)
{
    static const char part[] = "kernels.json.part";
    FILE *stream = open_part(files, part);
    if (!stream) {
        json_decref(document);
        return fail_io(files, name, err);
    }
    enum cvl_status status = write_part(text, document, stream, err);
    const bool failed = ferror(stream) != 0;
    if ((fclose(stream) != 0 || failed) && status == CVL_OK)
        status = fail_io(files, name, err);
    if (status == CVL_OK && renameat(files->folder, part, files->folder, name) != 0)
        status = fail_io(files, name, err);
    if (status != CVL_OK)
        (void)unlinkat(files->folder, part, 0);
    return status;
}

static enum cvl_status write_source(struct cvl_kernel_files *files, const char *name,
                                    struct cvl_error *err)
{
    char *text = NULL;
    const bool is_new = cvl_text_set_add(&files->sources, name);
    if (files->sources.failed)
        return cvl_fail(err, CVL_NO_MEMORY, "report/kernels: out of memory");
    if (!is_new)
        return CVL_OK;
    enum cvl_status status = cvl_source_join(name, &text, err);
    if (status == CVL_OK)
        status = write_file(files, name, text, NULL, err);
    free(text);
    return status;
}

static json_t *write_sizes(const uint64_t sizes[3])
{
    return json_pack("[o, o, o]", cvl_json_u64(sizes[0]), cvl_json_u64(sizes[1]),
                     cvl_json_u64(sizes[2]));
}

static json_t *write_launch(const struct cvl_kernel_files *files, const struct cvl_plan *plan,
                            const struct cvl_stage *stage)
{
    const struct cvl_plan_step *step = &plan->steps[stage->step];
    const struct cvl_launch *launch = &stage->work.launch;
    char problem[CVL_PROBLEM_TEXT_BYTES];
    char *options = cvl_compiler_options(&files->device, launch->options);
    json_t *object = json_object();
    (void)cvl_problem_print(&step->problem, problem, sizeof problem);
    int failed = cvl_json_set(object, "layer", cvl_json_text(step->layer, sizeof step->layer));
    failed |= cvl_json_set(object, "problem", cvl_json_text(problem, sizeof problem));
    failed |= cvl_json_set(object, "layout", json_string(cvl_layout_name(plan->layout)));
    failed |= cvl_json_set(object, "dtype", json_string(cvl_dtype_name(plan->dtype)));
    failed |= cvl_json_set(object, "variant", json_string(step->variant));
    failed |= cvl_json_set(object, "stage", json_string(stage->name));
    failed |= cvl_json_set(object, "kernel", json_string(launch->kernel));
    failed |= cvl_json_set(object, "source", json_string(launch->source));
    failed |= cvl_json_set(object, "options", options ? json_string(options) : NULL);
    failed |= cvl_json_set(object, "global", write_sizes(launch->global));
    failed |= cvl_json_set(object, "local", write_sizes(launch->local));
    failed |= cvl_json_set(object, "groups", cvl_json_u64(cvl_launch_groups(launch)));
    failed |= cvl_json_set(object, "local_bytes", cvl_json_u64(launch->local_bytes));
    free(options);
    if (!failed)
        return object;
    json_decref(object);
    return NULL;
}

enum cvl_status cvl_kernel_files_add(struct cvl_kernel_files *files, const struct cvl_plan *plan,
                                     struct cvl_error *err)
{
    enum cvl_status status = CVL_OK;
    for (uint32_t s = 0; s < plan->stage_count && status == CVL_OK; s++) {
        const struct cvl_stage *stage = &plan->stages[s];
        if (stage->kind != CVL_STAGE_KERNEL)
            continue;
        status = write_source(files, stage->work.launch.source, err);
        if (status == CVL_OK &&
            json_array_append_new(files->kernels, write_launch(files, plan, stage)) != 0)
            status = cvl_fail(err, CVL_NO_MEMORY, "report/kernels: out of memory");
    }
    return status;
}

enum cvl_status cvl_kernel_files_finish(struct cvl_kernel_files *files, struct cvl_error *err)
{
    json_t *document = json_pack("{s:s, s:o, s:O}", "schema", "kernels:1", "device",
                                 cvl_device_json(&files->device), "kernels", files->kernels);
    return document ? write_file(files, manifest, NULL, document, err)
                    : cvl_fail(err, CVL_NO_MEMORY, "report/kernels: out of memory");
}

void cvl_kernel_files_destroy(struct cvl_kernel_files **files)
{
    if (!*files)
        return;
    if ((*files)->folder >= 0)
        (void)close((*files)->folder);
    json_decref((*files)->kernels);
    cvl_text_set_clear(&(*files)->sources);
    free(*files);
    *files = NULL;
}

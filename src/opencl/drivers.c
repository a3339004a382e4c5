/* What to install where OpenCL finds no device. */
#include "opencl/drivers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char vendors_folder[] = "/etc/OpenCL/vendors";

int cvl_icd_files_has(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');
    return dot && strcmp(dot, ".icd") == 0;
}

static const char *get_folder(void)
{
    const char *set = getenv("OCL_ICD_VENDORS");
    return set && *set != '\0' ? set : vendors_folder;
}

void cvl_icd_files_list(struct cvl_icd_files *files)
{
    char *folder = realpath(get_folder(), NULL);
    struct dirent **entries = NULL;
    *files = (struct cvl_icd_files){0};
    const int count = folder ? scandir(folder, &entries, cvl_icd_files_has, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        struct cvl_text path = {0};
        cvl_text_append(&path, "%s/%s", folder, entries[i]->d_name);
        char *taken = files->count < CVL_ICD_FILES ? cvl_text_take(&path) : NULL;
        if (taken)
            files->paths[files->count++] = taken;
        cvl_text_clear(&path);
        free(entries[i]);
    }
    free(entries);
    free(folder);
}

void cvl_icd_files_clear(struct cvl_icd_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    files->count = 0;
}

static void append_packages(struct cvl_text *text)
{
    cvl_text_append(text,
                    "pocl-opencl-icd (any processor), intel-opencl-icd (Intel GPUs), "
                    "mesa-opencl-icd (AMD and other GPUs) or nvidia-opencl-icd (NVIDIA GPUs)");
}

void cvl_drivers_advise_loader(struct cvl_text *text)
{
    cvl_text_append(text, "; on Debian, install ocl-icd-libopencl1 and a driver: ");
    append_packages(text);
}

void cvl_drivers_advise_platform(struct cvl_text *text)
{
    struct cvl_icd_files files;
    cvl_icd_files_list(&files);
    if (files.count == 0) {
        cvl_text_append(text, "no driver is installed (no .icd file in ");
        cvl_text_append_safe(text, get_folder());
        cvl_text_append(text, "); on Debian, install ");
        append_packages(text);
    } else {
        cvl_text_append(text, "no driver can be loaded that an .icd file names (");
        for (size_t i = 0; i < files.count; i++) {
            cvl_text_append(text, "%s", i ? ", " : "");
            cvl_text_append_safe(text, files.paths[i]);
        }
        cvl_text_append(text, "); install again the package of the driver, on Debian ");
        append_packages(text);
    }
    cvl_icd_files_clear(&files);
}

void cvl_drivers_advise_device(struct cvl_text *text)
{
    cvl_text_append(text,
                    "; a GPU needs its kernel driver and a user who may open /dev/dri (groups "
                    "render and video); on Debian, pocl-opencl-icd makes a device of any "
                    "processor");
}

/* Can the folder be made? It is tried: who may write a folder by its mode still cannot in /proc. */
static bool can_be_made(const char *folder)
{
    if (mkdir(folder, 0700) != 0)
        return false;
    (void)rmdir(folder);
    return true;
}

/* Can the folder be written, or be made with the folders above it? Cuts the path. */
static bool can_be_written(char *path)
{
    if (access(path, W_OK | X_OK) == 0)
        return true;
    char *slash = errno == ENOENT ? strrchr(path, '/') : NULL;
    if (!slash)
        return false;
    *slash = '\0';
    const bool is_missing = *path != '\0' && access(path, F_OK) != 0;
    if (is_missing)
        return can_be_written(path);
    *slash = '/';
    return can_be_made(path);
}

char *cvl_drivers_unwritable_pocl_cache(void)
{
    static const char *const places[][2] = {
        {"POCL_CACHE_DIR", ""}, {"XDG_CACHE_HOME", "/pocl"}, {"HOME", "/.cache/pocl"}};
    struct cvl_text folder = {0};
    for (size_t i = 0; i < sizeof places / sizeof places[0] && folder.length == 0; i++) {
        const char *place = getenv(places[i][0]);
        if (place && *place != '\0')
            cvl_text_append(&folder, "%s%s", place, places[i][1]);
    }
    if (folder.length == 0)
        cvl_text_append(&folder, "/tmp/pocl"); /* as PoCL does without a home */
    char *path = cvl_text_take(&folder), *copy = cvl_duplicate(path);
    if (!copy || can_be_written(copy)) {
        free(path);
        path = NULL;
    }
    free(copy);
    return path;
}

/* Reads and joins the files of cl/. */
#include "opencl/sources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/text.h"

/* Part of every source, in this order. */
static const char *const shared[] = {"common.clh", "product.clh", "depthwise.clh", "blocks.clh",
                                     "winograd.clh"};

static enum cvl_status read_stream(FILE *file, const char *path, char **out, struct cvl_error *err)
{
    struct cvl_text text = {0};
    char block[4096];
    size_t count;
    while ((count = fread(block, 1, sizeof block, file)) > 0)
        cvl_text_append_bytes(&text, block, count);
    if (ferror(file)) {
        cvl_text_clear(&text);
        return cvl_fail(err, CVL_BAD_INPUT, "%s: %s", path, strerror(errno));
    }
    *out = cvl_text_take(&text);
    return *out ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "out of memory reading %s", path);
}

static enum cvl_status read_file(const char *folder, const char *name, char **out,
                                 struct cvl_error *err)
{
    struct cvl_text path = {0};
    cvl_text_append(&path, "%s/%s", folder, name);
    char *text = cvl_text_take(&path);
    if (!text)
        return cvl_fail(err, CVL_NO_MEMORY, "out of memory reading %s", name);
    char shown[256];
    cvl_copy_safe(shown, sizeof shown, text);
    FILE *file = fopen(text, "rb");
    free(text);
    if (!file)
        return cvl_fail(err, CVL_BAD_INPUT, "%s: %s (CONVLENS_CL_DIR names the folder)", shown,
                        strerror(errno));
    enum cvl_status status = read_stream(file, shown, out, err);
    (void)fclose(file);
    return status;
}

static enum cvl_status read_embedded(const char *name, char **out, struct cvl_error *err)
{
    for (size_t i = 0; i < cvl_embedded_cl_count; i++) {
        if (strcmp(cvl_embedded_cl[i].name, name) != 0)
            continue;
        *out = cvl_duplicate((const char *)cvl_embedded_cl[i].bytes);
        return *out ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "out of memory reading %s", name);
    }
    return cvl_fail(err, CVL_BAD_INPUT, "opencl: no kernel file %s in this build", name);
}

enum cvl_status cvl_source_read(const char *name, char **out, struct cvl_error *err)
{
    if (strchr(name, '/') || strpbrk(name, "\"\\\n"))
        return cvl_fail(err, CVL_BAD_INPUT,
                        "opencl: got a kernel file name with '/', '\"', '\\' or "
                        "a line end, expected a plain name");
    const char *folder = getenv("CONVLENS_CL_DIR");
    if (folder && *folder != '\0')
        return read_file(folder, name, out, err);
    return read_embedded(name, out, err);
}

static enum cvl_status append_file(struct cvl_text *text, const char *name, struct cvl_error *err)
{
    char *own = NULL;
    enum cvl_status status = cvl_source_read(name, &own, err);
    if (status == CVL_OK)
        cvl_text_append(text, "#line 1 \"%s\"\n%s\n", name, own);
    free(own);
    return status;
}

enum cvl_status cvl_source_join(const char *name, char **out, struct cvl_error *err)
{
    struct cvl_text text = {0};
    enum cvl_status status = CVL_OK;
    for (size_t i = 0; i < sizeof shared / sizeof shared[0] && status == CVL_OK; i++)
        status = append_file(&text, shared[i], err);
    if (status == CVL_OK)
        status = append_file(&text, name, err);
    if (status != CVL_OK) {
        cvl_text_clear(&text);
        return status;
    }
    *out = cvl_text_take(&text);
    return *out ? CVL_OK : cvl_fail(err, CVL_NO_MEMORY, "out of memory joining %s", name);
}

/* A target for libFuzzer: bytes are read by each importer, and the sweep that is made of them must
 * be readable, with the same problems. run.sh builds and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <convlens/import.h>
#include <convlens/sweep.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void fail(const char *what)
{
    (void)fprintf(stderr, "%s\n", what);
    abort();
}

/* What is wrong inside must not pass unseen. */
static void check(const struct cvl_import *import)
{
    struct cvl_error err = {0};
    struct cvl_sweep sweep;
    char *text = NULL;
    if (cvl_import_to_sweep(import, &text, &err) != CVL_OK ||
        cvl_sweep_read_text(text, "imported.ini", &sweep, &err) != CVL_OK)
        fail(err.text);
    size_t layer = 0;
    for (size_t i = 0; i < sweep.item_count; i++) {
        if (i > 0 && strcmp(sweep.items[i].layer, sweep.items[i - 1].layer) == 0)
            continue; /* the separable form of the layer before */
        if (layer >= import->layer_count ||
            !cvl_problem_equal(&sweep.items[i].problem, &import->layers[layer++].problem))
            fail("the sweep has another problem");
    }
    if (layer != import->layer_count)
        fail("the sweep has another number of layers");
    cvl_sweep_clear(&sweep);
    free(text);
}

static void read_as(const char *path, const char *format)
{
    static const char *const shapes[] = {"1x3x33x32"};
    const struct cvl_import_options options = {
        .format = format, .shapes = shapes, .shape_count = strcmp(format, "onnx") == 0};
    struct cvl_import import;
    struct cvl_error err = {0};
    const enum cvl_status status = cvl_import_read(path, &options, &import, &err);
    if (status == CVL_OK)
        check(&import);
    else if (status != CVL_BAD_INPUT || err.text[0] == '\0')
        fail(err.text);
    cvl_import_clear(&import);
}

/* The format that the environment names (CONVLENS_FUZZ_FORMAT), or each. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[32];
    const char *only = getenv("CONVLENS_FUZZ_FORMAT");
    const int file = memfd_create("fuzz", MFD_CLOEXEC);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size)
        fail("no file in memory");
    (void)snprintf(path, sizeof path, "/dev/fd/%d", file);
    for (size_t i = 0; cvl_importer_name(i); i++)
        if (!only || *only == '\0' || strcmp(only, cvl_importer_name(i)) == 0)
            read_as(path, cvl_importer_name(i));
    (void)close(file);
    return 0;
}

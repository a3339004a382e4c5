/* Compiling kernels by several workers before any is timed. */
#include "supervise/ahead.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/text.h"
#include "base/text_set.h"
#include "supervise/worker_link.h"

/* Fewer cases are not worth the start of further workers. */
enum { MAX_WORKERS = 8, MIN_CASES = 4 };

static const double start_limit_s = 120.0;

struct ahead {
    const struct cvl_supervision *s;
    const struct cvl_device_facts *device;
    const struct cvl_ahead_case *cases;
    size_t case_count, worker_count;
    struct cvl_worker_link links[MAX_WORKERS];
    pthread_mutex_t lock; /* guards what follows, and the progress hook */
    size_t next;
    bool interrupted;
};

/* What a stage makes the driver compile, as one line. */
static void describe_stage(const struct cvl_stage *stage, struct cvl_text *line)
{
    const struct cvl_launch *launch = &stage->work.launch;
    cvl_text_clear(line);
    if (stage->kind == CVL_STAGE_KERNEL)
        cvl_text_append(line, "%s %s %s %u %u %u", launch->source, launch->kernel, launch->options,
                        (unsigned)launch->local[0], (unsigned)launch->local[1],
                        (unsigned)launch->local[2]);
    else if (stage->kind == CVL_STAGE_GEMM)
        cvl_text_append(line, "gemm %d %d", stage->work.gemm.a_transposed,
                        stage->work.gemm.b_transposed);
    else
        cvl_text_append(line, "%s", cvl_stage_kind_name(stage->kind));
}

/* Adds to `known` what the plan needs. @return was there anything that it did not have? */
static bool learn(const struct cvl_plan *plan, struct cvl_text_set *known)
{
    struct cvl_text line = {0};
    bool is_new = false;
    for (uint32_t s = 0; s < plan->stage_count && !known->failed; s++) {
        describe_stage(&plan->stages[s], &line);
        known->failed = line.failed;
        is_new = (!line.failed && cvl_text_set_add(known, line.data)) || is_new;
    }
    cvl_text_clear(&line);
    return is_new;
}

/* Is the case worth a run ahead? What does not plan is refused later, with its reason. */
static enum cvl_status judge_case(const struct cvl_supervision *s,
                                  const struct cvl_device_facts *device, struct cvl_ahead_case *one,
                                  struct cvl_text_set *known, bool *is_new, struct cvl_error *err)
{
    struct cvl_plan plan;
    *is_new = false;
    device = s->planned ? s->planned : device;
    enum cvl_status status = cvl_tuned_steps_choose(s->tuning, device, one->item, &one->steps, err);
    if (status != CVL_OK)
        return status;
    if (cvl_case_plan(one->item, one->steps.choices, device, &plan, NULL) != CVL_OK)
        return CVL_OK;
    const uint64_t limit_bytes = s->options.memory_limit_bytes;
    if (limit_bytes == 0 || cvl_plan_min_bytes(&plan.bytes, NULL) <= limit_bytes)
        *is_new = learn(&plan, known);
    cvl_plan_clear(&plan);
    return known->failed ? cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for kernels' names")
                         : CVL_OK;
}

/* A network needs the kernels of its layers, and takes long. */
static bool is_candidate(const struct cvl_supervision *s, const struct cvl_device_facts *device,
                         const struct cvl_case *item)
{
    return cvl_network_is_layer(item->network) && !cvl_case_is_done(s, device->id, item);
}

enum cvl_status cvl_ahead_choose(const struct cvl_supervision *s,
                                 const struct cvl_device_facts *device, struct cvl_ahead_case **out,
                                 size_t *count, struct cvl_error *err)
{
    struct cvl_text_set known = {0};
    enum cvl_status status = CVL_OK;
    *count = 0;
    *out = calloc(s->case_count + 1, sizeof **out); /* never of size 0 */
    if (!*out)
        return cvl_fail(err, CVL_NO_MEMORY, "supervise: no memory for the cases ahead");
    for (size_t i = 0; i < s->case_count && status == CVL_OK; i++) {
        struct cvl_ahead_case *one = &(*out)[*count];
        bool is_new = false;
        one->item = &s->cases[i];
        if (is_candidate(s, device, one->item))
            status = judge_case(s, device, one, &known, &is_new, err);
        if (!is_new)
            cvl_tuned_steps_clear(&one->steps);
        *count += is_new;
    }
    cvl_text_set_clear(&known);
    if (status != CVL_OK)
        cvl_ahead_clear(out, count);
    return status;
}

void cvl_ahead_clear(struct cvl_ahead_case **cases, size_t *count)
{
    for (size_t i = 0; *cases && i < *count; i++)
        cvl_tuned_steps_clear(&(*cases)[i].steps);
    free(*cases);
    *cases = NULL;
    *count = 0;
}

/* Runs a case as shortly as can be. @return the seconds it took; negative: the worker is lost */
static double compile_case(struct ahead *ahead, size_t worker, size_t index)
{
    assert(worker < ahead->worker_count && index < ahead->case_count);
    const struct cvl_ahead_case *one = &ahead->cases[index];
    struct cvl_row row;
    const double begin_s = cvl_host_now();
    enum cvl_status status =
        cvl_worker_link_run(&ahead->links[worker], one->item, one->steps.choices,
                            ahead->s->timeout_s, ahead->s->signal_fd, &row, NULL);
    if (status == CVL_OK)
        cvl_row_clear(&row);
    (void)pthread_mutex_lock(&ahead->lock);
    ahead->interrupted = ahead->interrupted || status == CVL_INTERRUPTED;
    (void)pthread_mutex_unlock(&ahead->lock);
    return status == CVL_OK ? cvl_host_now() - begin_s : -1.0;
}

static void report(const struct ahead *ahead, size_t index)
{
    const struct cvl_supervision *s = ahead->s;
    const struct cvl_progress progress = {.done = s->done ? s->done->row_count : 0,
                                          .total = s->case_count * s->device_count,
                                          .device_id = ahead->device->id,
                                          .item = ahead->cases[index].item};
    if (s->progress)
        s->progress(s->user, &progress);
}

static bool take(struct ahead *ahead, size_t *index)
{
    (void)pthread_mutex_lock(&ahead->lock);
    bool is_there = !ahead->interrupted && ahead->next < ahead->case_count;
    if (is_there) {
        *index = ahead->next++;
        report(ahead, *index);
    }
    (void)pthread_mutex_unlock(&ahead->lock);
    return is_there;
}

/* One thread for each worker. */
static void drive(void *user, size_t begin, size_t end)
{
    struct ahead *ahead = user;
    size_t index;
    for (size_t worker = begin; worker < end; worker++)
        while (take(ahead, &index) && compile_case(ahead, worker, index) >= 0.0)
            ;
}

/* Does a second worker find what the first one has compiled? Where that was soon done, it does not
 * matter. */
static bool is_kept(struct ahead *ahead)
{
    size_t index;
    if (!take(ahead, &index))
        return false;
    const double first_s = compile_case(ahead, 0, index);
    const double again_s = first_s < 0.2 ? first_s : compile_case(ahead, 1, index);
    return again_s >= 0.0 && (first_s < 0.2 || again_s < 0.7 * first_s);
}

/* From one thread: a child dies with the thread that made it. */
static size_t start_workers(struct ahead *ahead, size_t count, const struct cvl_values *library)
{
    char library_text[CVL_VALUES_TEXT_BYTES];
    struct cvl_worker_setup setup = {
        .device_id = ahead->device->id,
        .icd_folder = ahead->s->icd_folder,
        .options = {.time_only = true, .budget_s = 1e-6},
    };
    cvl_values_print(library, library_text);
    if (library->count > 0)
        setup.options.library = library_text;
    for (size_t i = 0; i < count; i++) {
        struct cvl_device_facts facts = *ahead->device;
        enum cvl_status status =
            cvl_worker_link_open(&setup, cvl_host_now() + start_limit_s, ahead->s->signal_fd,
                                 &ahead->links[i], &facts, NULL);
        ahead->interrupted = status == CVL_INTERRUPTED;
        if (status != CVL_OK)
            return i;
    }
    return count;
}

static void compile_all(struct ahead *ahead, size_t workers, const struct cvl_values *library)
{
    const double begin_s = cvl_host_now();
    ahead->worker_count = start_workers(ahead, workers, library);
    if (ahead->worker_count >= 2 && is_kept(ahead))
        cvl_parallel_for(ahead->worker_count, drive, ahead);
    for (size_t i = 0; i < ahead->worker_count; i++)
        cvl_worker_link_close(&ahead->links[i]);
    cvl_log(CVL_LOG_INFO, "device %s: kernels of %zu cases compiled ahead by %zu workers in %.1f s",
            ahead->device->id, ahead->next, ahead->worker_count, cvl_host_now() - begin_s);
}

enum cvl_status cvl_ahead_compile(const struct cvl_supervision *s,
                                  const struct cvl_device_facts *device, struct cvl_error *err)
{
    struct cvl_ahead_case *cases = NULL;
    struct cvl_tuning_choice library = {0};
    struct ahead ahead = {.s = s, .device = device, .lock = PTHREAD_MUTEX_INITIALIZER};
    size_t workers = cvl_parallel_threads();
    if (workers > MAX_WORKERS)
        workers = MAX_WORKERS;
    enum cvl_status status = cvl_ahead_choose(s, device, &cases, &ahead.case_count, err);
    if (status == CVL_OK)
        status = cvl_tuning_choose_library(s->tuning, device, &library, err);
    ahead.cases = cases;
    if (status == CVL_OK && workers >= 2 && ahead.case_count >= MIN_CASES)
        compile_all(&ahead, workers, &library.values);
    if (ahead.interrupted)
        status = cvl_fail(err, CVL_INTERRUPTED, "interrupted while kernels were compiled");
    (void)pthread_mutex_destroy(&ahead.lock);
    cvl_ahead_clear(&cases, &ahead.case_count);
    return status;
}

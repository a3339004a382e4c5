/* The messages between supervisor and worker, one JSON object per line.
 *
 * To the worker:   {"options": {…}}, how cases are run from here on; at least once before a case
 *                  {"case": {"network": name, "form", "variant", "layout", "dtype", "passes",
 *                            "optimizer", "steps": [{"layer", "repetition", "repetitions",
 *                            "weights_of", "inputs": [step], "problem", "variant",
 *                            "tuning": {name: value}} or, of an op, {…, "op": {…}}]}}, a single
 *                            layer's name being empty
 *                  {"time": {…}}: such a case, timed in a further round alone
 *                  {"measure": true}: what can the device do at most?
 * From the worker: {"hello": device} once, then for a case {"step": text} as often as a step begins
 *                  and {"row": row}; {"peaks": peaks} for a measurement;
 *                  {"error": text, "status": number} where it cannot start or read */
#ifndef CVL_SUPERVISE_PROTOCOL_H
#define CVL_SUPERVISE_PROTOCOL_H

#include <convlens/result.h>
#include <convlens/run.h>
#include <convlens/variant.h>

#include "plan/values.h"

enum cvl_message_kind {
    CVL_MESSAGE_HELLO,
    CVL_MESSAGE_STEP,
    CVL_MESSAGE_ROW,
    CVL_MESSAGE_PEAKS,
    CVL_MESSAGE_ERROR
};

/* A message from a worker; clear it after use. */
struct cvl_message {
    enum cvl_message_kind kind;
    struct cvl_device_facts device; /* hello */
    char step[32];
    struct cvl_row row;
    struct cvl_device_peaks peaks;
    struct cvl_error error;
};

void cvl_message_clear(struct cvl_message *message);
/* @return CVL_OK; CVL_BAD_INPUT where the line is no message */
enum cvl_status cvl_message_read(const char *line, struct cvl_message *out, struct cvl_error *err);

/* Lines; owned by the caller, NULL: out of memory. */
char *cvl_message_hello(const struct cvl_device_facts *device);
char *cvl_message_step(const char *step);
char *cvl_message_row(const struct cvl_row *row);
char *cvl_message_peaks(const struct cvl_device_peaks *peaks);
char *cvl_message_error(const struct cvl_error *error);

enum cvl_job_kind { CVL_JOB_OPTIONS, CVL_JOB_CASE, CVL_JOB_TIME, CVL_JOB_MEASURE };

/* A line for a worker, read; clear it in every case. */
struct cvl_job {
    enum cvl_job_kind kind;
    struct cvl_run_options options;
    struct cvl_case item;            /* its network is the one below */
    struct cvl_network network;      /* owned */
    struct cvl_step_choice *choices; /* owned, one for each step; their values are in `tunings` */
    struct cvl_values *tunings;      /* owned */
};

/* @return CVL_OK, CVL_BAD_INPUT, CVL_NO_MEMORY */
enum cvl_status cvl_job_read(const char *line, struct cvl_job *out, struct cvl_error *err);
void cvl_job_clear(struct cvl_job *job);

/* Lines; owned by the caller, NULL: out of memory. */
char *cvl_job_options(const struct cvl_run_options *options);
char *cvl_job_case(enum cvl_job_kind kind, const struct cvl_case *item,
                   const struct cvl_step_choice *choices); /* kind: CVL_JOB_CASE, CVL_JOB_TIME */
char *cvl_job_measure(void);

/* The answer of the probing child: {"platforms": […], "devices": […]}. */
char *cvl_device_list_write(const struct cvl_device_list *list);
enum cvl_status cvl_device_list_read(const char *line, struct cvl_device_list *out,
                                     struct cvl_error *err);

#endif

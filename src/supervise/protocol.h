/* What supervisor and worker say to each other, one JSON object a line.
 *
 * To the worker:   {"problem", "layout", "dtype", "passes", "optimizer", "variant",
 *                  "tuning": {name: value}}, of a search with "trial": {"budget_s", "hopeless_s"}
 * besides
 *                  a network as chain_protocol.h says: {"chain": name, …}
 *                  {"measure": true}: what can the device do at most?
 * From the worker: {"hello": device} once, then {"step": text} and {"row": row} for each case;
 *                  {"chain": row} for a network;
 *                  {"peaks": peaks} for a measurement;
 *                  {"error": text, "status": number} where it cannot start */
#ifndef CVL_SUPERVISE_PROTOCOL_H
#define CVL_SUPERVISE_PROTOCOL_H

#include <convlens/chains.h>
#include <convlens/result.h>
#include <convlens/variant.h>

#include "plan/values.h"

enum cvl_message_kind {
    CVL_MESSAGE_HELLO,
    CVL_MESSAGE_STEP,
    CVL_MESSAGE_ROW,
    CVL_MESSAGE_PEAKS,
    CVL_MESSAGE_CHAIN,
    CVL_MESSAGE_ERROR
};

/* A message from a worker; clear it after use. */
struct cvl_message {
    enum cvl_message_kind kind;
    struct cvl_device_facts device; /* hello */
    char step[32];
    struct cvl_row row;
    struct cvl_device_peaks peaks;
    struct cvl_chain_row chain;
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

/* One case for a worker. */
struct cvl_job {
    struct cvl_request task; /* its own tuning is not looked at */
    const struct cvl_variant *variant;
    struct cvl_values tuning;
    bool is_chain;     /* a network (chain_protocol.h), and nothing else of this counts */
    bool is_measure;   /* no case, and nothing else of this counts: the device is measured */
    bool is_trial;     /* of a search: verified and timed only */
    double budget_s;   /* of a trial: seconds of measuring */
    double hopeless_s; /* of a trial: slower in every sample is slow enough to know; 0: never */
};

char *cvl_job_write(const struct cvl_job *request);
enum cvl_status cvl_job_read(const char *line, struct cvl_job *out, struct cvl_error *err);

/* The answer of the probing child: {"platforms": […], "devices": […]}. */
char *cvl_device_list_write(const struct cvl_device_list *list);
enum cvl_status cvl_device_list_read(const char *line, struct cvl_device_list *out,
                                     struct cvl_error *err);

#endif

/* Devices by description: a preset by its name, or facts from a file. */
#ifndef CVL_RESULT_DEVICE_SPEC_H
#define CVL_RESULT_DEVICE_SPEC_H

#include <convlens/device.h>

/* Reads what --device-spec and --as take: the name of a preset, or a file with a device in the JSON
 * of reports (`convlens devices --format json` writes it), alone or as the only one of `devices`.
 * In such a file, texts, `loop_limit`, `timer_resolution_ns`, `event_clock`, flags and what later
 * versions added may be missing.
 * @return CVL_OK; CVL_BAD_INPUT: unknown name, or what is wrong in the file and what was expected;
 * CVL_IO; CVL_NO_MEMORY */
enum cvl_status cvl_device_spec_read(const char *text, struct cvl_device_facts *out,
                                     struct cvl_error *err);

/* The same for the text of such a file. `what` names it in errors. */
enum cvl_status cvl_device_spec_parse(const char *json, const char *what,
                                      struct cvl_device_facts *out, struct cvl_error *err);

/* Can a plan be made with these facts? @return CVL_OK, or CVL_BAD_INPUT with the fact, and what was
 * expected */
enum cvl_status cvl_device_spec_check(const struct cvl_device_facts *facts, const char *what,
                                      struct cvl_error *err);

#endif

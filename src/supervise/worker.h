/* The child's side: what the hidden verbs `probe` and `worker` do. Only here and below is OpenCL
 * called. */
#ifndef CVL_SUPERVISE_WORKER_H
#define CVL_SUPERVISE_WORKER_H

/* Enumerates devices and writes them as one line to the protocol descriptor. @return the exit
 * status */
int cvl_probe_main(void);

/* Opens the device, says hello, then does one job of protocol.h for each line of standard input
 * until its end.
 * @return the exit status */
int cvl_worker_main(const char *device_id);

#endif

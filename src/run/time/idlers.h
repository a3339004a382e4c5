/* Threads that keep processors from becoming idle and give way to any other thread. */
#ifndef CVL_RUN_TIME_IDLERS_H
#define CVL_RUN_TIME_IDLERS_H

struct cvl_idlers;

/* One on each processor that this process may run on. @return NULL: the system does not let us, or
 * memory ran out */
struct cvl_idlers *cvl_idlers_start(void);
/* NULL is allowed. */
void cvl_idlers_stop(struct cvl_idlers **idlers);

#endif

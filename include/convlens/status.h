/** Statuses and error text shared by every function of the library.
 *
 *  A function that can fail returns an enum cvl_status and, if the caller passed a struct
 *  cvl_error, leaves one line of text in it. The library never prints and never exits. */
#ifndef CONVLENS_STATUS_H
#define CONVLENS_STATUS_H

#if defined(__GNUC__)
#define CVL_API                 __attribute__((visibility("default")))
#define CVL_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define CVL_API
#define CVL_PRINTF(text, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum cvl_status {
    CVL_OK = 0,
    CVL_BAD_INPUT,   /* wrong text, file or argument; the error says where, and what was expected */
    CVL_UNSUPPORTED, /* cannot be done here; the error says why */
    CVL_NO_DEVICE,   /* no OpenCL loader, no platform, no device, or none that matches */
    CVL_NO_MEMORY,   /* the host is out of memory */
    CVL_OUT_OF_MEMORY, /* the device is out of memory */
    CVL_BUILD_FAILED,  /* a program did not compile; the error holds the end of the log */
    CVL_WRONG_ANSWER,  /* a result differs from the reference, or a guard was overwritten */
    CVL_TIMEOUT,       /* took longer than allowed */
    CVL_CRASHED,       /* a child process died */
    CVL_INTERRUPTED,   /* the user asked to stop */
    CVL_IO,            /* the operating system failed a read, a write or the start of a process */
    CVL_FAILED         /* an OpenCL call or a library failed, or an invariant did not hold */
};

enum { CVL_ERROR_TEXT_BYTES = 1024 };

/** What went wrong, in one line. Owned by the caller; initialise with {0}. */
struct cvl_error {
    enum cvl_status status;
    char text[CVL_ERROR_TEXT_BYTES];
};

/** Records a status and its text, cut to fit. Returns `status`, so that a failing function can end
 *  with `return cvl_fail(err, CVL_BAD_INPUT, "…")`. `err` may be NULL. */
CVL_API enum cvl_status cvl_fail(struct cvl_error *err, enum cvl_status status, const char *format,
                                 ...) CVL_PRINTF(3, 4);

/** The status's name in lower case with spaces, e.g. "bad input". Never NULL. */
CVL_API const char *cvl_status_name(enum cvl_status status);

/** The library's version, e.g. "0.1.0". */
CVL_API const char *cvl_version(void);

#ifdef __cplusplus
}
#endif

#endif

/* Writes a trace. */
#include "layer/intercept/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MAX_TEXT = 4096, MAX_PROGRAMS = 1000 };

/* Allocates space before mapping it, so that a full disk does not end the program with SIGBUS. */
static bool add_block(struct cvl_log *log)
{
    off_t offset = (off_t)(log->block_count * CVL_LOG_BLOCK);
    if (posix_fallocate(log->file, offset, CVL_LOG_BLOCK) != 0)
        return false;
    void *block = mmap(NULL, CVL_LOG_BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, log->file, offset);
    if (block == MAP_FAILED)
        return false;
    log->block = block;
    log->used = 0;
    log->block_count++;
    return true;
}

/* Writes the head last, and its kind last of all: a reader trusts every record that has a kind. */
static void write_head(struct cvl_log_head *head, enum cvl_log_kind kind, size_t size)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    head->size = (uint32_t)size;
    head->time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    atomic_store_explicit((_Atomic uint32_t *)&head->kind, (uint32_t)kind, memory_order_release);
}

static unsigned char *reserve(struct cvl_log *log, size_t size)
{
    size_t left = log->block ? CVL_LOG_BLOCK - log->used : 0;
    if (size > CVL_LOG_BLOCK)
        return NULL;
    if (left < size) {
        unsigned char *end = left > 0 ? log->block + log->used : NULL;
        if (!add_block(log))
            return NULL;
        if (end)
            write_head((struct cvl_log_head *)(void *)end, CVL_LOG_PAD, left);
    }
    log->used += size;
    return log->block + log->used - size;
}

static void *append(struct cvl_log *log, enum cvl_log_kind kind, const void *record, size_t size,
                    const char *text, size_t text_size)
{
    size_t whole = (size + text_size + CVL_LOG_ALIGNMENT - 1) & ~(size_t)(CVL_LOG_ALIGNMENT - 1);
    unsigned char *target = reserve(log, whole);
    if (!target) {
        if (log->process)
            log->process->lost++;
        return NULL;
    }
    size_t head = sizeof(struct cvl_log_head);
    memcpy(target + head, (const unsigned char *)record + head, size - head);
    if (text_size)
        memcpy(target + size, text, text_size);
    write_head((struct cvl_log_head *)(void *)target, kind, whole);
    return target;
}

void *cvl_log_append(struct cvl_log *log, enum cvl_log_kind kind, const void *record, size_t size,
                     const char *text, size_t text_size)
{
    pthread_mutex_lock(&log->lock);
    void *target = log->open ? append(log, kind, record, size, text, text_size) : NULL;
    pthread_mutex_unlock(&log->lock);
    return target;
}

void cvl_log_count_unknown(struct cvl_log *log)
{
    pthread_mutex_lock(&log->lock);
    if (log->open)
        log->process->unknown++;
    pthread_mutex_unlock(&log->lock);
}

/* The executable's path and the words of the command line, as far as they fit. */
static size_t describe_process(char *text, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", text, size / 2);
    size_t used = length > 0 ? (size_t)length : 0;
    text[used++] = '\0';
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    length = file >= 0 ? read(file, text + used, size - used - 1) : 0;
    if (file >= 0)
        close(file);
    used += length > 0 ? (size_t)length : 0;
    text[used++] = '\0';
    return used;
}

/* A process that executes another program starts another file. */
static int create_file(const char *folder)
{
    for (int i = 0; i < MAX_PROGRAMS; i++) {
        char path[MAX_TEXT], number[16] = "";
        if (i > 0)
            (void)snprintf(number, sizeof number, "-%d", i);
        int length =
            snprintf(path, sizeof path, "%s/%ld%s" CVL_LOG_SUFFIX, folder, (long)getpid(), number);
        if (length < 0 || (size_t)length >= sizeof path)
            return -1;
        int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file >= 0 || errno != EEXIST)
            return file;
    }
    return -1;
}

bool cvl_log_open(struct cvl_log *log, const char *folder)
{
    char text[MAX_TEXT];
    size_t text_size = describe_process(text, sizeof text);
    struct cvl_log_process record = {
        .version = CVL_LOG_VERSION,
        .pid = (uint32_t)getpid(),
        .parent = (uint32_t)getppid(),
        .text_bytes = (uint32_t)text_size,
    };
    pthread_mutex_lock(&log->lock);
    log->file = create_file(folder);
    if (log->file >= 0)
        log->process = append(log, CVL_LOG_PROCESS, &record, sizeof record, text, text_size);
    log->open = log->process != NULL;
    pthread_mutex_unlock(&log->lock);
    return log->open;
}

void cvl_log_close(struct cvl_log *log)
{
    pthread_mutex_lock(&log->lock);
    log->open = false;
    if (log->file >= 0)
        close(log->file);
    log->file = -1;
    pthread_mutex_unlock(&log->lock);
}

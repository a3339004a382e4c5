/* Identifies call stacks. Unwinding takes about a microsecond per frame, too much for every call.
 * So a stack is unwound once for each place it is seen at (return address and stack pointer). Later
 * calls recognise it by checking that every return address is still where the unwinder found it. */
#include "layer/intercept/callers.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

enum { STACK_BUCKETS = 1024, SEEN_COUNT = 4096 };

struct cvl_callers_stack {
    struct cvl_callers_stack *next; /* in its bucket */
    uint32_t number, count;
    uint64_t addresses[CVL_LOG_MAX_FRAMES];
};

/* `slots` point to the stack's return addresses, those of `stack` from the second on. */
struct cvl_callers_seen {
    const void *return_address, *frame_address;
    const struct cvl_callers_stack *stack; /* NULL: empty */
    const uint64_t *slots[CVL_LOG_MAX_FRAMES];
};

struct cvl_callers_module {
    uint64_t start, end, base;
    uint32_t number;
};

/* The result of unwinding. */
struct walk {
    const void *return_address; /* of the wrapper: frames count from here on */
    uint32_t count;
    uint64_t addresses[CVL_LOG_MAX_FRAMES];
    const uint64_t *slots[CVL_LOG_MAX_FRAMES];
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *user)
{
    struct walk *walk = user;
    uint64_t address = (uint64_t)_Unwind_GetIP(context);
    if (address == 0)
        return _URC_END_OF_STACK;
    if (walk->count == 0 && address != (uint64_t)(uintptr_t)walk->return_address)
        return _URC_NO_REASON; /* one of our own functions */
    walk->addresses[walk->count] = address;
    walk->slots[walk->count] = NULL;
#ifdef __x86_64__
    /* A call pushes the return address last: it is just below the caller's stack. */
    walk->slots[walk->count] = (const uint64_t *)(uintptr_t)_Unwind_GetCFA(context) - 1;
#endif
    return ++walk->count < CVL_LOG_MAX_FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static struct cvl_callers_seen *seen_at(struct cvl_callers *callers, const void *return_address,
                                        const void *frame_address)
{
    uint64_t hash =
        ((uint64_t)(uintptr_t)return_address * 31 + (uint64_t)(uintptr_t)frame_address) *
        0x9E3779B97F4A7C15u;
    return &callers->seen[(hash >> 32) % SEEN_COUNT];
}

static bool is_same(const struct cvl_callers_seen *seen, const void *return_address,
                    const void *frame_address)
{
    if (!seen->stack || seen->return_address != return_address ||
        seen->frame_address != frame_address)
        return false;
    for (uint32_t i = 1; i < seen->stack->count; i++)
        if (*seen->slots[i] != seen->stack->addresses[i])
            return false;
    return true;
}

/* Keeps the stack if every address is in its slot. This does not hold for frames of signal
 * handlers, nor for any frame on processors that pass return addresses in a register. */
static void cache_stack(struct cvl_callers_seen *seen, const struct walk *walk,
                        const void *frame_address, const struct cvl_callers_stack *stack)
{
    for (uint32_t i = 1; i < walk->count; i++)
        if (!walk->slots[i] || *walk->slots[i] != walk->addresses[i])
            return;
    *seen = (struct cvl_callers_seen){
        .return_address = walk->return_address, .frame_address = frame_address, .stack = stack};
    memcpy(seen->slots, walk->slots, sizeof seen->slots);
}

static int read_generation(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    *(unsigned long long *)user = info->dlpi_adds + info->dlpi_subs;
    return 1; /* the first module has it */
}

/* The search for the module that contains an address. */
struct search {
    struct cvl_callers *callers;
    uint64_t address;
    const struct cvl_callers_module *found;
};

static const struct cvl_callers_module *add_module(struct cvl_callers *callers,
                                                   const struct cvl_callers_module *module,
                                                   const char *path)
{
    char own[4096];
    if (callers->module_count == callers->module_capacity) {
        uint32_t capacity = callers->module_capacity ? 2 * callers->module_capacity : 64;
        struct cvl_callers_module *modules = realloc(callers->modules, capacity * sizeof *modules);
        if (!modules)
            return NULL;
        callers->modules = modules;
        callers->module_capacity = capacity;
    }
    if (!path || *path == '\0') { /* the executable has no name here */
        ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
        own[length > 0 ? length : 0] = '\0';
        path = own;
    }
    struct cvl_callers_module *added = &callers->modules[callers->module_count++];
    *added = *module;
    added->number = callers->module_count;
    struct cvl_log_module record = {
        .base = module->base, .number = added->number, .text_bytes = (uint32_t)strlen(path) + 1};
    (void)cvl_log_append(callers->log, CVL_LOG_MODULE, &record, sizeof record, path,
                         record.text_bytes);
    return added;
}

static int search_module(struct dl_phdr_info *info, size_t size, void *user)
{
    struct search *search = user;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        struct cvl_callers_module module = {.base = info->dlpi_addr};
        module.start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        module.end = module.start + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type != PT_LOAD || search->address < module.start ||
            search->address >= module.end)
            continue;
        search->found = add_module(search->callers, &module, info->dlpi_name);
        return 1;
    }
    return 0;
}

static uint32_t module_of(struct cvl_callers *callers, uint64_t address)
{
    for (uint32_t i = callers->module_count; i-- > 0;)
        if (address >= callers->modules[i].start && address < callers->modules[i].end)
            return callers->modules[i].number;
    struct search search = {.callers = callers, .address = address};
    (void)dl_iterate_phdr(search_module, &search);
    return search.found ? search.found->number : 0;
}

static void write_stack(struct cvl_callers *callers, const struct cvl_callers_stack *stack)
{
    struct cvl_log_stack record = {.number = stack->number, .frame_count = stack->count};
    for (uint32_t i = 0; i < stack->count; i++)
        record.frames[i] = (struct cvl_log_frame){
            .address = stack->addresses[i], .module = module_of(callers, stack->addresses[i])};
    (void)cvl_log_append(callers->log, CVL_LOG_STACK, &record, sizeof record, NULL, 0);
}

/* The same stack has one number, wherever it is seen. */
static const struct cvl_callers_stack *find_or_add_stack(struct cvl_callers *callers,
                                                         const struct walk *walk)
{
    size_t bytes = walk->count * sizeof walk->addresses[0];
    uint64_t hash = 0;
    for (uint32_t i = 0; i < walk->count; i++)
        hash = (hash ^ walk->addresses[i]) * 0x9E3779B97F4A7C15u;
    struct cvl_callers_stack **link = &callers->stacks[(hash >> 32) % STACK_BUCKETS];
    for (; *link; link = &(*link)->next)
        if ((*link)->count == walk->count &&
            memcmp((*link)->addresses, walk->addresses, bytes) == 0)
            return *link;
    struct cvl_callers_stack *stack = calloc(1, sizeof *stack);
    if (!stack)
        return NULL;
    stack->number = ++callers->stack_count;
    stack->count = walk->count;
    memcpy(stack->addresses, walk->addresses, bytes);
    *link = stack;
    write_stack(callers, stack);
    return stack;
}

/* After a library was loaded or unloaded: what was known about addresses is no longer valid. */
static void forget(struct cvl_callers *callers)
{
    for (size_t i = 0; i < STACK_BUCKETS; i++) {
        for (struct cvl_callers_stack *stack = callers->stacks[i], *next; stack; stack = next) {
            next = stack->next;
            free(stack);
        }
        callers->stacks[i] = NULL;
    }
    memset(callers->seen, 0, SEEN_COUNT * sizeof *callers->seen);
    for (uint32_t i = 0; i < callers->module_count; i++)
        callers->modules[i].start = callers->modules[i].end = 0; /* its number stays in use */
}

static bool prepare(struct cvl_callers *callers)
{
    unsigned long long generation = 0;
    if (!callers->stacks)
        callers->stacks = calloc(STACK_BUCKETS, sizeof(struct cvl_callers_stack *));
    if (!callers->seen)
        callers->seen = calloc(SEEN_COUNT, sizeof *callers->seen);
    if (!callers->stacks || !callers->seen)
        return false;
    (void)dl_iterate_phdr(read_generation, &generation);
    if (generation != callers->generation)
        forget(callers);
    callers->generation = generation;
    return true;
}

uint32_t cvl_callers_number(struct cvl_callers *callers, const void *return_address,
                            const void *frame_address)
{
    uint32_t number = 0;
    pthread_mutex_lock(&callers->lock);
    if (!prepare(callers))
        goto done;
    struct cvl_callers_seen *seen = seen_at(callers, return_address, frame_address);
    if (is_same(seen, return_address, frame_address)) {
        number = seen->stack->number;
        goto done;
    }
    struct walk walk = {.return_address = return_address};
    (void)_Unwind_Backtrace(step, &walk);
    if (walk.count == 0) { /* unwinding does not work here: record only the caller */
        walk.count = 1;
        walk.addresses[0] = (uint64_t)(uintptr_t)return_address;
    }
    const struct cvl_callers_stack *stack = find_or_add_stack(callers, &walk);
    if (stack) {
        number = stack->number;
        cache_stack(seen, &walk, frame_address, stack);
    }
done:
    pthread_mutex_unlock(&callers->lock);
    return number;
}

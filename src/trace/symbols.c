/* Finds the functions of an ELF file. */
#include "trace/symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct function {
    uint64_t start, size;
    const char *name;
};

struct cvl_symbols {
    unsigned char *file; /* mapped */
    size_t size;
    struct function *functions; /* ascending */
    size_t count;
};

static bool map_file(struct cvl_symbols *symbols, const char *path)
{
    struct stat about;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return false;
    bool usable = fstat(file, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
    void *bytes =
        usable ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
    close(file);
    if (bytes == MAP_FAILED)
        return false;
    symbols->file = bytes;
    symbols->size = (size_t)about.st_size;
    return true;
}

/* Returns a part of the file; NULL: it is not completely inside the file, or not aligned as its
 * structures require. */
static const void *part(const struct cvl_symbols *symbols, uint64_t offset, uint64_t size)
{
    if (offset > symbols->size || size > symbols->size - offset || offset % 8 != 0)
        return NULL;
    return symbols->file + offset;
}

static const ElfW(Shdr) * sections_of(const struct cvl_symbols *symbols, size_t *count)
{
    const ElfW(Ehdr) *head = part(symbols, 0, sizeof *head);
    unsigned char class = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != class ||
        head->e_shentsize != sizeof(ElfW(Shdr)))
        return NULL;
    *count = head->e_shnum;
    return part(symbols, head->e_shoff, (uint64_t)head->e_shnum * sizeof(ElfW(Shdr)));
}

static const ElfW(Shdr) * table_of(const ElfW(Shdr) * sections, size_t count)
{
    static const ElfW(Word) types[] = {SHT_SYMTAB, SHT_DYNSYM};
    for (size_t kind = 0; kind < 2; kind++)
        for (size_t i = 0; i < count; i++)
            if (sections[i].sh_type == types[kind] && sections[i].sh_link < count)
                return &sections[i];
    return NULL;
}

static int compare_functions(const void *a, const void *b)
{
    const struct function *left = a, *right = b;
    return (left->start > right->start) - (left->start < right->start);
}

/* A table of names must end with a 0, so that each name in it does. */
static const char *names_of(const struct cvl_symbols *symbols, const ElfW(Shdr) * section)
{
    if (section->sh_size == 0 || section->sh_offset > symbols->size ||
        section->sh_size > symbols->size - section->sh_offset)
        return NULL;
    const char *names = (const char *)symbols->file + section->sh_offset;
    return names[section->sh_size - 1] == '\0' ? names : NULL;
}

static bool read_functions(struct cvl_symbols *symbols)
{
    size_t section_count = 0;
    const ElfW(Shdr) *sections = sections_of(symbols, &section_count);
    const ElfW(Shdr) *table = sections ? table_of(sections, section_count) : NULL;
    const ElfW(Sym) *entries = table ? part(symbols, table->sh_offset, table->sh_size) : NULL;
    const char *names = entries ? names_of(symbols, &sections[table->sh_link]) : NULL;
    if (!names)
        return false;
    size_t count = table->sh_size / sizeof *entries;
    uint64_t name_bytes = sections[table->sh_link].sh_size;
    symbols->functions = calloc(count + 1, sizeof *symbols->functions);
    for (size_t i = 0; symbols->functions && i < count; i++) {
        unsigned type = entries[i].st_info & 0xF; /* ELF64_ST_TYPE, the same for both classes */
        if ((type == STT_FUNC || type == STT_GNU_IFUNC) && entries[i].st_shndx != SHN_UNDEF &&
            entries[i].st_name < name_bytes)
            symbols->functions[symbols->count++] = (struct function){
                entries[i].st_value, entries[i].st_size, names + entries[i].st_name};
    }
    if (symbols->count > 0)
        qsort(symbols->functions, symbols->count, sizeof *symbols->functions, compare_functions);
    return symbols->count > 0;
}

struct cvl_symbols *cvl_symbols_open(const char *path)
{
    struct cvl_symbols *symbols = calloc(1, sizeof *symbols);
    if (symbols && (!map_file(symbols, path) || !read_functions(symbols)))
        cvl_symbols_close(&symbols);
    return symbols;
}

void cvl_symbols_close(struct cvl_symbols **symbols)
{
    if (!*symbols)
        return;
    if ((*symbols)->file)
        (void)munmap((*symbols)->file, (*symbols)->size);
    free((*symbols)->functions);
    free(*symbols);
    *symbols = NULL;
}

/* Functions written in assembler have no size: each extends to the next function, if there is
 * one. */
const char *cvl_symbols_find(const struct cvl_symbols *symbols, uint64_t address)
{
    size_t low = 0, high = symbols->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->functions[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i-- > 0 && low - i <= 4;) { /* several names for one function */
        const struct function *function = &symbols->functions[i];
        bool inside =
            function->size == 0 ? low < symbols->count : address - function->start < function->size;
        if (inside)
            return function->name;
    }
    return NULL;
}

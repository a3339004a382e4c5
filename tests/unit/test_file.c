#include <criterion/criterion.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static char folder[64], path[96];

static void make_folder(void)
{
    (void)strcpy(folder, "/tmp/convlens-file-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/out.txt", folder);
}

static void remove_folder(void)
{
    char command[160];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    (void)!system(command);
}

TestSuite(file, .init = make_folder, .fini = remove_folder);

static void write_file(const char *name, const char *content)
{
    FILE *stream = fopen(name, "w");
    cr_assert_not_null(stream);
    (void)fputs(content, stream);
    cr_assert_eq(fclose(stream), 0);
}

static void expect_content(const char *name, const char *expected)
{
    struct cvl_text text = {0};
    cr_assert_eq(cvl_file_read(name, &text), 0, "%s", name);
    cr_expect_str_eq(text.data ? text.data : "", expected, "%s", name);
    cvl_text_clear(&text);
}

/* Files in the folder. */
static int count_files(void)
{
    char command[160];
    int count = -1;
    (void)snprintf(command, sizeof command, "ls -A '%s' | wc -l", folder);
    FILE *pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    cr_assert_eq(fscanf(pipe, "%d", &count), 1);
    (void)pclose(pipe);
    return count;
}

static void replace(const char *content)
{
    struct cvl_draft draft;
    cr_assert_eq(cvl_draft_create(path, &draft), 0);
    (void)fputs(content, draft.stream);
    cr_assert_eq(cvl_draft_finish(&draft, path, true), 0);
}

Test(file, a_draft_takes_the_place)
{
    replace("one");
    expect_content(path, "one");
    replace("two");
    expect_content(path, "two");
    cr_expect_eq(count_files(), 1);
}

Test(file, a_draft_that_is_not_kept_leaves_the_file)
{
    struct cvl_draft draft;
    write_file(path, "before");
    cr_assert_eq(cvl_draft_create(path, &draft), 0);
    (void)fputs("half", draft.stream);
    expect_content(path, "before");
    cr_assert_eq(cvl_draft_finish(&draft, path, false), 0);
    expect_content(path, "before");
    cr_expect_eq(count_files(), 1);
}

/* A user's files of names like a draft's, and a link that somebody has laid. */
Test(file, other_files_are_not_touched)
{
    char part[128], victim[128];
    (void)snprintf(part, sizeof part, "%s.part", path);
    (void)snprintf(victim, sizeof victim, "%s/victim", folder);
    write_file(victim, "mine");
    cr_assert_eq(symlink(victim, part), 0);
    replace("new");
    expect_content(path, "new");
    expect_content(victim, "mine");
    expect_content(part, "mine");
    cr_expect_eq(count_files(), 3);
}

Test(file, no_folder)
{
    struct cvl_draft draft;
    char missing[128];
    (void)snprintf(missing, sizeof missing, "%s/none/out.txt", folder);
    cr_expect_eq(cvl_draft_create(missing, &draft), ENOENT);
    cr_expect_null(draft.name);
}

enum { WRITERS = 4, ROUNDS = 50, LENGTH = 100000 };

/* Four programs write the same file: each reader sees the whole of one. */
Test(file, several_writers)
{
    static char content[LENGTH + 1];
    for (int w = 0; w < WRITERS; w++)
        if (fork() == 0) {
            memset(content, 'a' + w, LENGTH);
            for (int i = 0; i < ROUNDS; i++) {
                struct cvl_draft draft;
                if (cvl_draft_create(path, &draft) != 0)
                    _exit(1);
                (void)fputs(content, draft.stream);
                if (cvl_draft_finish(&draft, path, true) != 0)
                    _exit(1);
            }
            _exit(0);
        }
    for (int left = WRITERS; left > 0;) {
        int status;
        if (waitpid(-1, &status, WNOHANG) > 0) {
            cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            left--;
        }
        struct cvl_text text = {0};
        if (cvl_file_read(path, &text) == 0) {
            cr_assert_eq(text.length, LENGTH);
            cr_assert_eq(strspn(text.data, (char[]){text.data[0], '\0'}), LENGTH);
        }
        cvl_text_clear(&text);
    }
    cr_expect_eq(count_files(), 1);
}

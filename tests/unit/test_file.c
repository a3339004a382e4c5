/* Files that are read whole, and drafts that take a file's place. */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "scratch.h"

static const char *path;

static void begin(void)
{
    scratch_make();
    path = scratch_path("out.txt");
}

TestSuite(file, .init = begin, .fini = scratch_remove);

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
    int count = 0;
    DIR *folder = opendir(scratch_folder);
    cr_assert_not_null(folder);
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(folder);
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
    scratch_write("out.txt", "before");
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
    const char *part = scratch_path("out.txt.part"), *victim = scratch_path("victim");
    scratch_write("victim", "mine");
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
    cr_expect_eq(cvl_draft_create(scratch_path("none/out.txt"), &draft), ENOENT);
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

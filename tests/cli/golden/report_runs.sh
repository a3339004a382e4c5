# The runs of a store. The recorded store is of a version that did not record its own.
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
convlens report store.db --runs
convlens report store.db --runs --format csv
convlens report store.db --runs --format json
# One of schema 1, which has networks in a table of their own, and stays as it is.
cp "$SOURCE/tests/unit/stores/schema1.db" old.db
convlens report old.db --runs
cmp old.db "$SOURCE/tests/unit/stores/schema1.db" && echo "unchanged"
tell() { convlens report "$@"; echo "-> $?"; }
tell --runs
tell store.db old.db --runs
tell store.db --runs --run 1
tell store.db --runs --format markdown
tell missing.db --runs

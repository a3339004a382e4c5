# The runs of several stores in one, each once.
cp "$SOURCE/tests/cli/stores/two_blocks.db" server.db
cp server.db phone.db
python3 -c 'import sqlite3; d = sqlite3.connect("phone.db"); d.execute("UPDATE run SET host = \"Android\", started = \"2025-01-01T00:00:00Z\""); d.commit()'
cp "$SOURCE/tests/unit/stores/schema1.db" old.db
sum() { md5sum server.db phone.db old.db; }
sum >before
convlens merge all.db server.db phone.db old.db
convlens merge all.db server.db phone.db old.db
convlens merge all.db all.db server.db
sum | cmp - before && echo "the sources are as they were"
convlens report all.db --runs
for run in 1 2; do convlens report all.db --run "$run" --format csv >"$run.csv"; done
convlens report server.db --format csv | cmp - 2.csv && cmp 1.csv 2.csv && echo "the rows are the same"
tell() { convlens "$@"; echo "-> $?"; }
tell merge
tell merge all.db
tell merge new.db server.db missing.db
tell merge missing/new.db server.db
cp "$SOURCE/README.md" notes.md
tell merge new.db notes.md
cp server.db newer.db
python3 -c 'import sqlite3; d = sqlite3.connect("newer.db"); d.execute("PRAGMA user_version = 9"); d.commit()'
tell merge new.db newer.db
cp server.db damaged.db
python3 -c 'import sqlite3; d = sqlite3.connect("damaged.db"); d.execute("UPDATE result SET document = json_set(document, \"$.time\", 7) WHERE id = 40"); d.commit()'
tell merge new.db server.db damaged.db 2>&1 | sed "s,store: .*/here/,store: ,"
ls new.db* 2>/dev/null || echo "nothing is left of new.db"

# A phone's and a server's store read together: here the same run, said to be of two hosts.
cp "$SOURCE/tests/cli/stores/two_blocks.db" server.db
cp server.db phone.db
python3 -c 'import sqlite3; d = sqlite3.connect("phone.db"); d.execute("UPDATE run SET host = \"Android\""); d.commit()'
convlens report server.db phone.db --format csv | tr -d '\r' | cut -d, -f1-3 | sort | uniq -c
convlens report server.db phone.db --all | sed -n '/^Devices/,/^$/p;/, host /p'
convlens choose server.db phone.db --layer block2 --layout nchw
convlens choose server.db phone.db --layer block2 --layout nchw --device phone/0:0
# The same store twice: each row once, and a line says so.
convlens report server.db server.db --format csv 2>&1 >/dev/null
convlens report server.db server.db --format csv 2>/dev/null >twice.csv
convlens report server.db --format csv >once.csv
cmp once.csv twice.csv && echo "the same"
tell() { convlens "$@"; echo "-> $?"; }
tell report
tell report server.db phone.db --run 1
tell report server.db missing.db

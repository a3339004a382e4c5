# Each is one clear line and exit status 2.
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
convlens plan --problem pointwise:ic8ih4oc8kh1 --layout nhwc --format json:other.json
echo '{"schema": "convlens/1", "run": {"sweep": "x"}, "rows": []}' >empty.json
echo '{"schema": "something/1"}' >foreign.json
echo 'not JSON' >text.txt
echo '{"schema": ' >cut.json
tell() { convlens "$@"; echo "-> $?"; }
tell compare
tell compare store.db
tell compare store.db store.db store.db
tell compare missing.db store.db
tell compare store.db missing.json
tell compare store.db:7 store.db
tell compare store.db:0 store.db
tell compare other.json:2 store.db
tell compare . store.db
tell compare text.txt store.db
tell compare cut.json store.db
tell compare foreign.json store.db
tell compare store.db other.json
tell compare store.db empty.json
tell compare store.db --device gpu --device cpu
tell compare store.db store.db --device a --device b --device c
tell compare store.db store.db --fail-on memry
tell compare store.db store.db --fail-on time:10
tell compare store.db store.db --fail-on memory:much
tell compare store.db store.db --fail-on gone:3
tell compare store.db store.db --fail-on xyzzy
tell compare store.db store.db --min-change -1
tell compare store.db store.db --p-value 2
tell compare store.db store.db --format csv
tell plan --problem pointwise:ic8ih4oc8kh1 --fail-on memory
tell plan --problem pointwise:ic8ih4oc8kh1 --baseline missing.json
tell plan --problem pointwise:ic8ih4oc8kh1 --baseline store.db --format csv
tell plan --problem pointwise:ic8ih4oc8kh1 --baseline store.db

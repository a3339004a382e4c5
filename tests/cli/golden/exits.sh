# Each exit status, where no device is needed to see it.
tell() { convlens "$@" 2>&1 >out; echo "-> $?"; }
one='pointwise:ic8ih4oc8kh1'
tell plan --problem "$one"
tell plan --problem "$one" --fly
tell run --problem "$one"
# nothing fits, or nothing ran
tell plan --problem "$one" --memory-limit 1KiB
tell plan --problem "$one" --layout nchw --variant direct --passes training
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
tell choose store.db --memory-limit 1KiB
# a file that cannot be written
tell plan --problem "$one" --format csv:/nowhere/x.csv
[ ! -w /dev/full ] || tell plan --problem "$one" --format csv:/dev/full
[ ! -w /dev/full ] || { convlens plan --problem "$one" >/dev/full; echo "-> $?"; }

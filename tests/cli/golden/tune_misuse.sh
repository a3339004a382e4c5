# A search that cannot begin says why, and run what is wrong with its tuning.
tell() { convlens "$@"; echo "-> $?"; }
good='pointwise:ic8ih4oc8kh1'
tell tune
tell tune --problem "$good" --tuning none
tell tune --problem "$good" --tuning pixels=7
tell tune --problem "$good" --tuning .
tell tune --problem "$good" --format pdf
tell tune --problem "$good" --budget soon
tell tune --problem "$good" --store x.db
tell tune missing.ini
tell tune --problem "$good" --tuning own.db
echo 'this is a text, no database at all' > text.db
tell tune --problem "$good" --tuning text.db
tell run --problem "$good" --tuning missing.db
tell run --problem "$good" --tuning text.db
tell run --problem "$good" --tuning pixels=many
tell run --problem "$good" --tuning a=1,,b=2
mkdir -p "$XDG_DATA_HOME/convlens"
cp text.db "$XDG_DATA_HOME/convlens/tuning.db"
tell run --problem "$good"
tell run --problem "$good" --tuning none

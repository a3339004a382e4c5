# A run on PoCL of two layers, recorded once: the fastest, the smallest, and the Pareto set.
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
convlens choose store.db
convlens choose store.db --policy all_live --within 40 --layer block2
convlens choose store.db --variant '[di]*' --memory-limit 5MiB --policy all_live
convlens choose store.db --layer block2 --layout nchw --policy all_live --variant 'sep_[fu]*' --format csv
convlens choose store.db --layer block2 --layout nchw --variant 'sep_[fu]*' --policy all_live --memory-limit 5MiB --format json
tell() { convlens choose "$@"; echo "-> $?"; }
tell
tell store.db --policy lazy
tell store.db --within -3
tell store.db --within 10%
tell store.db --format markdown
tell store.db --layer nothing
tell store.db --run 7
tell missing.db

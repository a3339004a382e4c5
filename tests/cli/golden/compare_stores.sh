# Runs of a store, and devices of a run. two_blocks.db has one run on PoCL.
cp "$SOURCE/tests/cli/stores/two_blocks.db" store.db
convlens compare store.db store.db:1; echo "-> $?"
convlens report store.db --format baseline:base.json
convlens compare base.json store.db --fail-on memory,failed,time,unsure,new,gone; echo "-> $?"
convlens report store.db --format json | convlens compare store.db /dev/stdin; echo "-> $?"
convlens compare store.db --device 0:0 --device cpu; echo "-> $?"
convlens compare base.json store.db --device 0:0 | tail -n 1

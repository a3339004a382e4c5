# What cannot be traced is told before anything runs; a command that cannot be run, as shells do.
tell() { convlens "$@"; echo "-> $?"; }
tell trace
tell trace --format pdf -- true
tell trace --format json:nowhere/x -- true
tell trace -o nowhere/x -- true
tell trace --store x.db -- true
tell trace -- ./nothing-here
tell trace -- .
tell trace -o report -- sh -c 'exit 3'
sed -e 's/after .*/after .../' -e 3q report
tell trace -o - -f csv -f csv:rows.csv -- true
cmp -s rows.csv report || cat rows.csv
tell trace --help

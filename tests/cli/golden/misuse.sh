# Each is one clear line and exit status 2.
tell() { convlens "$@"; echo "-> $?"; }
tell
tell fly
tell run
tell run --fly
tell run --device
tell plan --store x.db seed.ini
tell run --timeout never x.ini
tell run --shard 3/2 x.ini
tell plan --problem 'separable:ic3ih224oc64kh3ph0' --layout nhcw
tell plan --problem 'separable:ic3ih224oc64kh3ph0' --variant 'warp*'
tell plan --problem 'separable:ic3ih224oc64kh3ph0' --format pdf
tell plan --problem 'separable:ic3ih224oc64kh3ph0zz9'
tell plan --problem 'pointwise:ic8ih4oc8kh1' --format csv:/nowhere/x.csv
tell list nothing
tell report
tell report missing.db
tell report .
tell run "$(printf 'bad\033[31mname.ini')"

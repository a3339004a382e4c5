# Layers from the files of other programs.
cat >shapes <<'EOF'
# two networks
--dir=FWD_B
mb1ic64ih28oc64oh28kh3n"net/conv1"   # padding 1
mb1ic64ih28oc64oh28kh3ph1n"net/conv2"
mb1ic4id8oc4kd3 mb1ic32iw100oc32kw3_n1d
EOF
tell() { convlens "$@"; echo "-> $?"; }
tell import shapes
tell import shapes --quiet -o shapes.ini
convlens plan shapes.ini --layout nhwc --variant direct --all >from_sweep
convlens plan shapes --layout nhwc --variant direct --all --quiet >from_shapes
cmp from_sweep from_shapes && cat from_shapes
convlens plan shapes --network --layout nhwc --variant direct --quiet 2>&1 | head -n 3
echo 'MIOpenDriver convfp16 -n 1 -c 8 -H 14 -W 14 -k 16 -y 3 -x 3 -p 1 -q 1' >log
tell import log
printf 'ic,ih,oc,kh,ph,name\n8,14,16,3,1,a\n' >layers.csv
tell plan layers.csv --layout nhwc --variant direct --dtype f16
tell import
tell import shapes log
tell import missing
tell import .
cp "$SOURCE/README.md" notes.md
tell import notes.md
tell import notes.md --from benchdn
tell import shapes --from csv
tell import shapes -o missing/shapes.ini
tell plan notes.md
tell import shapes --shape 1x2
convlens list importers

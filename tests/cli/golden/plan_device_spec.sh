# The bytes and tiles of a described device
convlens plan --problem standard:ic64ih224oc64kh3ph1 --layout nhwc --device-spec arc-a770 --variant 'winograd_f2,winograd_f2_staged,direct' -v
# Facts of a file, as reports write them; its key names the device
convlens plan --problem ic8ih9oc8kh3ph1 --device-spec arc-a770 --format json | sed -n 's/^\({"key":"arc-a770".*\)],$/\1/p' >arc.json
sed -i 's/"key":"arc-a770"/"key":"mine"/; s/"local_bytes":65536/"local_bytes":16384/' arc.json
convlens plan --problem standard:ic64ih224oc64kh3ph1 --layout nhwc --device-spec arc.json --variant winograd_f2_staged --format csv | cut -d, -f1,2,6,28
# The device of a comparison
convlens plan --problem standard:ic256ih14oc256kh3ph1 --layout nhwc --variant 'winograd_f2*' --format baseline:base.json
convlens plan --problem standard:ic256ih14oc256kh3ph1 --layout nhwc --variant 'winograd_f2*' --device-spec h100 --baseline base.json
echo "-> $?"
# What is refused
refuse() { convlens plan --problem ic8ih9oc8kh3ph1 --device-spec "$1"; echo "-> $?"; }
refuse a770
refuse ./absent
sed 's/"compute_units":512/"compute_units":0/' arc.json >none.json && refuse none.json
sed 's/"has_fma"/"has_fmma"/' arc.json >unknown.json && refuse unknown.json
printf '{\n"name": \n' >cut.json && refuse cut.json
convlens run --problem ic8ih9oc8kh3ph1 --as h200
echo "-> $?"

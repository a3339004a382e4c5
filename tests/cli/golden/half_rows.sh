# Products in half arithmetic, on a described device that has it: options, note, local memory
tell() { convlens plan --problem standard:ic64ih14oc64kh3ph1 --layout nhwc --variant 'direct,winograd_f2_staged' "$@"; echo "-> $?"; }
tell --dtype f16 --device-spec mi250x --tuning half_rows=8 -v
# The tuning of each row, and where it is from
tell --dtype f16 --device-spec mi250x --tuning half_rows=4 --format json | grep -o '"variant":"[a-z_0-9]*"\|"half_rows":[0-9]*\|"tuning_source":"[a-z]*"\|-DHALF_ROWS=[0-9]*\|"note":"[^"]*"'
# Refused: a device without it, the made-up CPU, floats; a value that the parameter does not have
tell --dtype f16 --device-spec h100 --tuning half_rows=8
tell --dtype f16 --tuning half_rows=8
tell --dtype f32,f16 --device-spec mi250x --tuning half_rows=8
tell --dtype f16 --device-spec mi250x --tuning half_rows=3
# What --tuning of plan takes besides
tell --dtype f16 --device-spec mi250x --tuning none --format csv | wc -l
tell --dtype f16 --device-spec mi250x --tuning missing.db
tell --dtype f16 --device-spec mi250x --tuning half_rows=some
tell --dtype f16 --device-spec mi250x --tuning half_row=8

# Products in half arithmetic, on a described device that has it: options, note, local memory
tell() { convlens plan --problem standard:ic64ih14oc64kh3ph1 --layout nhwc --dtype f16 "$@"; echo "-> $?"; }
tell --variant direct --device-spec mi250x --tuning half_rows=8 -v
# The tuning of each row, and where it is from; another variant runs as usual
rows() { tell --variant 'direct,winograd_f2_staged' "$@" --format json |
    grep -o '"variant":"[a-z_0-9]*"\|"half_rows":[0-9]*\|"tuning_source":"[a-z]*"\|"note":"[^"]*"\|"status":"[^"]*"\|"reason":"[^"]*"'; }
rows --device-spec mi250x --tuning half_rows=4
# Refused: a device without it, the made-up CPU, floats; a value that the parameter does not have
rows --device-spec h100 --tuning half_rows=8
rows --tuning half_rows=8
tell --variant direct --device-spec mi250x --tuning half_rows=8 --dtype f32
tell --variant direct --device-spec mi250x --tuning half_rows=3
# What --tuning of plan takes besides
tell --variant direct --device-spec mi250x --tuning none --format csv | wc -l
tell --variant direct --tuning missing.db
tell --variant direct --tuning half_rows=some
tell --variant direct --tuning half_row=8

#!/bin/sh
# portable.sh CMAKE SOURCE FOLDER CC: builds the portable program and looks at what it needs.
set -eu
cmake=$1 source=$2 folder=$3 cc=$4
allowed='libc\.so\.6|libm\.so\.6|ld-linux[-a-z0-9_]*\.so\.[0-9]|libsmartcols\.so\.1'

"$cmake" -S "$source" -B "$folder" -G Ninja -DCMAKE_C_COMPILER="$cc" -DCONVLENS_PORTABLE=ON \
  -DCONVLENS_TESTS=OFF
"$cmake" --build "$folder" --target convlens_program
readelf -d "$folder/convlens" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$folder/needed.txt"
cat "$folder/needed.txt"
grep -qx 'libc\.so\.6' "$folder/needed.txt" || { echo "no list of needed libraries"; exit 1; }
if grep -vxE "$allowed" "$folder/needed.txt"; then
  echo "the portable program needs the libraries above, which not every system has"
  exit 1
fi
"$folder/convlens" --version
"$folder/convlens" plan "$source/configs/smoke.ini" >"$folder/plan.txt"
[ -s "$folder/plan.txt" ]

#!/bin/sh
# on.sh DEVICE FOLDER PROGRAM [ARGUMENT…]: runs a test program on one OpenCL implementation alone,
# or, with `together`, on PoCL, rusticl and Intel's at once.
# FOLDER takes what it writes (ICD list, kernel cache, checker's log).
# Exit status: the program's; 77 (skipped) where the implementation is missing or every test of
# the program was skipped; 1 where the checker complains.
set -u

# die_skipped REASON
die_skipped() {
  echo "SKIP: $1"
  exit 77
}

# add_icd NAME LIBRARY: makes the loader see this implementation, and no other but those added
add_icd() {
  mkdir -p "$folder/icd/$device"
  echo "$2" >"$folder/icd/$device/$1.icd"
  OCL_ICD_VENDORS=$folder/icd/$device
  CVL_TEST_IMPLEMENTATION=$2 # there: a test that finds no device fails
  export OCL_ICD_VENDORS CVL_TEST_IMPLEMENTATION
}

# file_of NAME: the .icd file of an implementation, as it was installed or as intel.sh made it
file_of() {
  case $1 in
  intel) echo "${CVL_TEST_INTEL-}/icd/intel.icd" ;;
  *) echo "/etc/OpenCL/vendors/$1.icd" ;;
  esac
}

# use_installed NAME [HINT]
use_installed() {
  [ -r "$(file_of "$1")" ] || die_skipped "$(file_of "$1") is not there${2+: $2}"
  add_icd "$1" "$(cat "$(file_of "$1")")"
}

use_pocl() {
  use_installed pocl
  export POCL_CACHE_DIR="$folder/pocl-cache" POCL_AFFINITY="${POCL_AFFINITY-1}"
  mkdir -p "$POCL_CACHE_DIR"
}

use_rusticl() {
  use_installed rusticl
  export RUSTICL_ENABLE=llvmpipe
}

use_intel() {
  use_installed intel "run tests/device/intel.sh ${CVL_TEST_INTEL-FOLDER}"
}

use_together() {
  use_pocl
  use_rusticl
  use_intel
}

use_oclgrind() {
  for library in /usr/lib/oclgrind /usr/lib/*/oclgrind /usr/local/lib/oclgrind; do
    library=$library/liboclgrind-rt-icd.so
    [ -r "$library" ] && break
  done
  [ -r "$library" ] || die_skipped "liboclgrind-rt-icd.so is not there"
  add_icd oclgrind "$library"
  log=$folder/$(basename "$program").oclgrind.log
  export OCLGRIND_DATA_RACES=1 OCLGRIND_CHECK_API=1 OCLGRIND_LOG="$log"
}

# judge STATUS: what the output and the checker's log say beyond the exit status
judge() {
  if [ -s "$log" ]; then
    cat "$log"
    echo "oclgrind: $(wc -l <"$log") lines of complaints"
    return 1
  fi
  if grep -Eq 'OCLGRIND|Oclgrind -' "$output"; then
    echo "oclgrind complained on the program's output"
    return 1
  fi
  [ "$1" -eq 0 ] || return "$1"
  if ! grep -Eq '^\[PASS\]' "$output" && grep -Eq '^\[SKIP\]' "$output"; then
    die_skipped "every test of $(basename "$program") was skipped"
  fi
}

leaks=$(cd "$(dirname "$0")" && pwd)/leaks.supp
export LSAN_OPTIONS="suppressions=$leaks:print_suppressions=0${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
device=$1 folder=$2 program=$3
shift 3
[ -x "$program" ] || { echo "$program was not built"; exit 1; }
mkdir -p "$folder"
folder=$(cd "$folder" && pwd) || exit 1
log=/dev/null
"use_$device"
output=$folder/$(basename "$program").$device.out
rm -f "$folder/$(basename "$program").oclgrind.log"
"$program" "$@" >"$output" 2>&1
status=$?
cat "$output"
judge $status

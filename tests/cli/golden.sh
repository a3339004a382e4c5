#!/bin/sh
# golden.sh PROGRAM [CASE…]: runs each tests/cli/golden/CASE.sh and compares what it prints, standard error
# included, and the exit status of its last command with CASE.out. No OpenCL device is seen.
# REFRESH=1 writes the .out files anew: look at the difference before you commit it.
set -u
program=$(realpath "$1")
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/none"
export PROGRAM="$program" SOURCE="${here%/tests/cli}" OCL_ICD_VENDORS="$work/none" LC_ALL=C.UTF-8
export XDG_DATA_HOME="$work/data"
unset COLUMNS # the width is 80 but where a case sets it

# run_case FILE: its output and exit status
run_case() {
  rm -rf "$work/here" && mkdir "$work/here" && cd "$work/here" || exit 1
  sh -c 'convlens() { "$PROGRAM" "$@"; }; . "$1"' sh "$1" 2>&1
  echo "exit status $?"
}

failed=0
[ $# -gt 0 ] || set -- $(cd "$here/golden" && ls ./*.sh | sed 's|^./||; s|\.sh$||')
for name in "$@"; do
  run_case "$here/golden/$name.sh" </dev/null | sed "s,$work,WORK,g" >"$work/out"
  if [ "${REFRESH:-}" = 1 ]; then
    cp "$work/out" "$here/golden/$name.out"
  elif diff -u "$here/golden/$name.out" "$work/out"; then
    echo "ok $name"
  else
    echo "FAILED $name"
    failed=1
  fi
done
exit $failed

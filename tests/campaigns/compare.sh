#!/bin/sh
# compare.sh PROGRAM [PAIRS [DEVICE [CAMPAIGN...]]]: how often `convlens compare` is wrong, and how often it is right.
#
# PAIRS (default 20) pairs of runs of a small sweep are compared in each CAMPAIGN (default: all three):
#   quiet   a sweep with itself
#   busy    the same beside a process that never sleeps
#   slower  a sweep with itself where direct_nhwc does 10 % more work, quiet: its row must be SLOWER, no other
# Prints, for each, the number of pairs with a wrong SLOWER or FASTER, of such rows, of UNSURE rows, of answers "N times as
# fast" without a doubt that the second run turns round and, of the last campaign, of pairs in which the slowdown was found.
# No test: it depends on how quiet the machine is, and takes 8 s or so for each run.
# Lines of pairs go to standard error. With KEEP=FOLDER in the environment the store of each pair stays there.
set -u
program=$(realpath "$1")
pairs=${2:-20}
device=${3:-0:0}
if [ $# -gt 3 ]; then
  shift 3
else
  set -- quiet busy slower
fi
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
busy=
stop_busy() {
  [ -z "$busy" ] || kill "$busy" 2>/dev/null
  busy=
}
trap 'stop_busy; rm -rf "$work"' EXIT
trap 'summarise; exit 130' INT TERM

cat >"$work/small.ini" <<'END'
[sweep]
layout = nhwc
[layer a]
in = 32x56x56
out = 64
kernel = 3
pad = same
END
python3 "$here/slow_kernel.py" "$here/../../cl" "$work/slow" direct_nhwc 10 || exit 1
python3 "$here/slow_kernel.py" "$here/../../cl" "$work/same" direct_nhwc 1000000000 || exit 1

# measure STORE SOURCES: one run
measure() {
  CONVLENS_CL_DIR="$2" "$program" run "$work/small.ini" --device "$device" --store "$1" --no-measure --format json:/dev/null ||
    exit 1
}

# outcome NAME: how many rows of $work/compared.json have it
outcome() {
  python3 - "$work/compared.json" "$1" <<'END'
import json, sys
print(json.load(open(sys.argv[1]))["counts"][sys.argv[2]])
END
}

# is_direct_slower: 1 or 0
is_direct_slower() {
  python3 - "$work/compared.json" <<'END'
import json, sys
print(sum(row["variant"] == "direct" and "slower" in row["outcomes"] for row in json.load(open(sys.argv[1]))["rows"]))
END
}

# reversals: how many forms are faster than the standard one by the answers of one run, and slower by those of the other, none
# of the times in doubt
reversals() {
  for run in 1 2; do
    "$program" report "$work/runs.db:$run" --format "json:$work/answers$run.json" || exit 1
  done
  python3 - "$work/answers1.json" "$work/answers2.json" <<'END'
import json, sys
def answers(path):
    document = json.load(open(path))
    doubted = {row["variant"] for row in document["rows"] if row["time"] and row["time"]["doubt"]}
    return {(a["layer"], a["layout"], s["variant"]): s["time"]["answer"]
            for a in document["answers"] if a["policy"] == "all_live" and a["standard"]["variant"] not in doubted
            for s in a["separable"] if s["time"] and s["variant"] not in doubted}
first, second = map(answers, sys.argv[1:])
print(sum({first[key], second.get(key)} == {"faster", "slower"} for key in first))
END
}

# summarise: of the pairs that were compared so far
name= i=0 wrong_pairs=0 wrong_rows=0 unsure=0 found=0 reversed=0
summarise() {
  echo "$name: $i pairs; wrong SLOWER or FASTER in $wrong_pairs pairs, $wrong_rows rows; UNSURE $unsure rows;" \
    "answers reversed $reversed; found $found"
}

# campaign NAME SOURCES_OF_B EXPECTED_SLOWER
campaign() {
  name=$1 wrong_pairs=0 wrong_rows=0 unsure=0 found=0 reversed=0 i=0
  while [ $i -lt "$pairs" ]; do
    rm -f "$work"/runs.db*
    measure "$work/runs.db" "$work/same"
    measure "$work/runs.db" "$2"
    "$program" compare "$work/runs.db:1" "$work/runs.db:2" --format "json:$work/compared.json" --fail-on none || exit 1
    [ -z "${KEEP-}" ] || cp "$work/runs.db" "$KEEP/$name.$i.db" || exit 1
    hit=0
    [ "$3" = 0 ] || hit=$(is_direct_slower)
    wrong=$(($(outcome slower) + $(outcome faster) - hit))
    unsure=$((unsure + $(outcome unsure)))
    [ "$3" != 0 ] || reversed=$((reversed + $(reversals)))
    found=$((found + hit))
    wrong_rows=$((wrong_rows + wrong))
    [ "$wrong" = 0 ] || wrong_pairs=$((wrong_pairs + 1))
    if [ "$wrong" != 0 ] || [ "$hit" != "$3" ]; then
      "$program" compare "$work/runs.db:1" "$work/runs.db:2" --verbose >&2
    fi
    i=$((i + 1))
  done
  summarise
}

for chosen; do
  case $chosen in
  quiet) campaign quiet "$work/same" 0 ;;
  busy)
    (while :; do :; done) &
    busy=$!
    campaign busy "$work/same" 0
    stop_busy
    ;;
  slower) campaign slower "$work/slow" 1 ;;
  *)
    echo "compare.sh: got campaign '$chosen', expected quiet, busy or slower" >&2
    exit 2
    ;;
  esac
done

#!/bin/sh
# run.sh BUILD SECONDS [FORMAT...]: builds the fuzz target of the importers with clang and its sanitizers in BUILD/fuzz, and
# gives each format (default: all of convlens list importers) that many seconds. Stops at the first crash; the bytes that
# made it are in BUILD/fuzz. No test: it runs as long as you let it.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
build=$(realpath "$1")/fuzz
seconds=$2
shift 2
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCONVLENS_TESTS=ON \
  '-DCONVLENS_SANITIZE=fuzzer-no-link;address;undefined' >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
cmake --build "$build" --target convlens convlens_fuzz_import >>"$build.log" 2>&1 || { tail -n 20 "$build.log"; exit 1; }
[ $# -gt 0 ] || set -- $("$build/convlens" list importers --format json |
  python3 -c 'import json, sys; print(*(entry["name"] for entry in json.load(sys.stdin)))')
cd "$build"
for format in "$@"; do
  mkdir -p "corpus/$format"
  cp "$source"/tests/fuzz/seeds/* "$source"/tests/unit/models/*.onnx "$source"/tests/unit/models/*.tflite "corpus/$format"
  echo "$format: $seconds s"
  CONVLENS_FUZZ_FORMAT=$format tests/convlens_fuzz_import -max_total_time="$seconds" -max_len=8192 -timeout=20 \
    -rss_limit_mb=2048 -print_final_stats=1 "corpus/$format" >"$format.log" 2>&1 || { tail -n 40 "$format.log"; exit 1; }
  grep -E "number_of_executed_units|peak_rss_mb" "$format.log"
done

#!/bin/sh
# Measures a machine with a GPU once: see usage below. Needs no network; only sh, awk and coreutils.
set -u

usage() {
  cat <<'END'
usage: run.sh [-o FOLDER] [-d DEVICE] [-m MINUTES] [-s] [PROGRAM]

Runs convlens on this machine's GPU and writes FOLDER (default: convlens-DATE): summary.md,
steps.csv, and for each step its JSON, CSV, Markdown and log.
  -o FOLDER   must not exist yet
  -d DEVICE   as convlens takes it (0:0, cpu, part of a name); default: the first GPU, else the first CPU
  -m MINUTES  for everything together (default: 8); each step has its part of them
  -s          short: a few small layers of each step
  PROGRAM     default: convlens in the folder of this script, then build/portable, then build, then PATH
Where no driver offers a GPU, the drivers' libraries are looked for and named in an ICD folder of FOLDER.
A step that fails or takes too long is recorded, and the next one runs.
Exit status: 0 all steps are done; 1 one is not; 2 misuse; 3 no device.
END
}

say() {
  printf 'run.sh: %s\n' "$*" >&2
}

die() { # STATUS MESSAGE
  status=$1
  shift
  say "$*"
  exit "$status"
}

# clean: what comes from a machine, on one line, without what Markdown or CSV would read as more than text
clean() {
  tr '\n' ' ' | tr -cd '[:print:]' | tr -d '`|"<>\\' | sed 's/ *$//'
}

now() {
  date +%s
}

# --- steps -------------------------------------------------------------------------------------

# record NAME WORD SECONDS
record() {
  printf '%s,%s,%s\n' "$1" "$2" "$3" >>"$out/steps.csv"
  say "$1: $2, $3 s"
}

# word_of STATUS LIMIT: how a step ended
word_of() {
  case $1 in
  0) echo done ;;
  124 | 137) echo "stopped after $2 s" ;;
  3) echo "no device" ;;
  4) echo "nothing ran" ;;
  *) echo "failed with status $1" ;;
  esac
}

# step NAME SECONDS COMMAND…: SECONDS of the usual 8 minutes. Output goes to NAME.log.
step() {
  name=$1 limit=$(($2 * minutes / 8))
  shift 2
  begin=$(now)
  left=$((deadline - begin))
  [ "$limit" -le "$left" ] || limit=$left
  [ "$limit" -gt 0 ] || { record "$name" "left out: no time left" 0; return; }
  timeout -k 10 "$limit" "$@" >"$out/$name.log" 2>&1 </dev/null
  ended=$?
  record "$name" "$(word_of $ended "$limit")" $(($(now) - begin))
  return $ended
}

# run_step NAME SECONDS SWEEP-AND-OPTIONS…: convlens run with every format
run_step() {
  name=$1 seconds=$2
  shift 2
  step "$name" "$seconds" "$program" run "$@" --device "$device" --store "$out/results.db" --tuning none \
    --no-measure --timeout 60 --format "json:$out/$name.json" --format "csv:$out/$name.csv" \
    --format "markdown:$out/$name.md" --format "answer:$out/$name.txt" --format "memory:$out/$name.memory.txt"
}

# --- devices -----------------------------------------------------------------------------------

# enumerate: devices.json of the drivers that the loader knows now; of -d's devices alone, if there is one
enumerate() {
  timeout -k 10 60 "$program" devices ${device:+--device "$device"} --format "json:$out/devices.json" --format "table:$out/devices.txt" \
    >"$out/devices.log" 2>&1 </dev/null
}

# first_device [TYPE]: its key
first_device() {
  [ -r "$out/devices.json" ] || return 0
  awk -F'"' -v type="${1-}" '$2 == "key" { key = $4 }
    $2 == "type" && (type == "" || $4 == type) { print key; exit }' "$out/devices.json"
}

# value_of DEVICE MEMBER: of devices.json
value_of() {
  awk -F'"' -v key="$1" -v member="$2" '$2 == "key" { here = $4 == key }
    here && $2 == member { print $4; exit }' "$out/devices.json"
}

# libraries: the OpenCL drivers on this machine by their vendors' names, each file once: the file,
# which may look for its parts beside itself, a tab, and a name of it
libraries() {
  timeout 60 find "$search" \( -path "${search%/}/proc" -o -path "${search%/}/sys" -o -path "$out" \) -prune -o \
    \( -type f -o -type l \) \( -name 'libnvidia-opencl.so*' -o -name 'libamdocl64.so*' -o -name 'libigdrcl.so*' \
    -o -name 'libintelocl.so' -o -name 'libmali.so*' -o -name 'libRusticlOpenCL.so*' -o -name 'libpocl.so*' \) \
    -print 2>/dev/null | while read -r file; do
    real=$(readlink -f "$file") && [ -n "$real" ] && printf '%s\t%s\n' "$real" "$file"
  done | sort -u -t "$tab" -k 1,1
}

# answers LIBRARY: does it offer devices by itself? A driver may also crash or hang.
answers() {
  mkdir -p "$out/icd-alone"
  echo "$1" >"$out/icd-alone/driver.icd"
  OCL_ICD_VENDORS=$out/icd-alone timeout -k 5 20 "$program" devices -q >/dev/null 2>&1 </dev/null
  answered=$?
  rm -rf "$out/icd-alone"
  return $answered
}

# find_drivers: what the loader knows and, besides, the drivers that lie about and answer
find_drivers() {
  say "no driver offers a GPU; looking for drivers under $search"
  known=${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}
  mkdir -p "$out/icd"
  cp "$known"/*.icd "$out/icd/" 2>/dev/null
  libraries >"$out/drivers.txt"
  number=0
  while IFS=$tab read -r real file; do
    number=$((number + 1))
    ! grep -qsxF -e "$real" -e "$file" -e "$(basename "$real")" -e "$(basename "$file")" "$known"/*.icd || continue
    ! answers "$real" || echo "$real" >"$out/icd/found-$number.icd"
  done <"$out/drivers.txt"
  OCL_ICD_VENDORS=$out/icd
  export OCL_ICD_VENDORS
  enumerate
}

# find_loader: the OpenCL library itself, where the system has none
find_loader() {
  ! grep -q 'no OpenCL library' "$out/devices.log" || CONVLENS_OPENCL=$(find "$here" "$search" -name 'libOpenCL.so.1' \
    2>/dev/null | head -n 1)
  [ -z "${CONVLENS_OPENCL-}" ] || { export CONVLENS_OPENCL && enumerate; }
}

no_device() {
  record devices "no device" $(($(now) - begin))
  die 3 "no OpenCL device; $out has what was found: $(clean <"$out/devices.log")"
}

choose_device() {
  begin=$(now)
  enumerate || find_loader
  [ -z "$device" ] || { device=$(first_device) && [ -n "$device" ]; } || no_device
  processor=$(first_device cpu)
  [ -n "$device" ] || device=$(first_device gpu)
  [ -n "$device" ] || { find_drivers && device=$(first_device gpu); }
  if [ -z "$device" ] && [ -n "$processor" ]; then # only CPUs: those that were known
    OCL_ICD_VENDORS=$known && enumerate
  fi
  [ -n "$device" ] || device=$(first_device cpu)
  [ -n "$device" ] || no_device
  record devices done $(($(now) - begin))
}

# --- the summary -------------------------------------------------------------------------------

# counts FILE: a line for each variant of a CSV: how many rows have which status
counts() {
  awk '
  function split_line(line, cells,    n, c, i, quoted) {
    n = 1; delete cells; cells[1] = ""; quoted = 0
    for (i = 1; i <= length(line); i++) {
      c = substr(line, i, 1)
      if (c == "\"") quoted = !quoted
      else if (c == "," && !quoted) cells[++n] = ""
      else cells[n] = cells[n] c
    }
    return n
  }
  NR == 1 { n = split_line($0, h); for (i = 1; i <= n; i++) { if (h[i] == "variant") v = i; if (h[i] == "status") s = i }; next }
  { split_line($0, cells); name = cells[v]; if (!(name in seen)) { seen[name] = 1; order[++names] = name }
    ok[name] += cells[s] == "ok"; no[name] += cells[s] == "unsupported" || cells[s] == "skipped"
    bad[name] += cells[s] != "ok" && cells[s] != "unsupported" && cells[s] != "skipped" }
  END { for (i = 1; i <= names; i++) printf "| `%s` | %d | %d | %d |\n", order[i], ok[order[i]], bad[order[i]], no[order[i]] }
  ' "$1"
}

# details TITLE FILE: folded Markdown, if there is such a file
details() {
  [ ! -s "$2" ] || printf '\n<details><summary>%s</summary>\n\n%s\n\n</details>\n' "$1" "$(cat "$2")"
}

# verbatim TITLE FILE: folded text
verbatim() {
  [ ! -s "$2" ] || printf '\n<details><summary>%s</summary>\n\n```\n%s\n```\n\n</details>\n' "$1" "$(tr -d '`' <"$2")"
}

summary() {
  title=$(value_of "$device" name | clean)
  echo "# ${title:-Device $device}"
  echo
  echo "By \`tests/hardware/run.sh\` of $("$program" --version | head -n 1 | clean) on $(date -u +%Y-%m-%d). Compare these"
  echo "figures with each other, not with another machine's. A time with \`?\` is in doubt; the JSON says why."
  echo
  echo "| | |"
  echo "|---|---|"
  echo "| device | $device, $title |"
  for member in platform vendor driver version; do
    echo "| $member | $(value_of "$device" $member | clean) |"
  done
  echo "| drivers' libraries | $(drivers_in_words) |"
  echo "| system | $(uname -srm | clean) |"
  echo "| processor | $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -n 1 | clean), $(nproc) threads |"
  echo
  echo "| step | | s |"
  echo "|---|---|---:|"
  tail -n +2 "$out/steps.csv" | awk -F, '{ printf "| %s | %s | %s |\n", $1, $2, $3 }'
  [ ! -s "$out/conformance.csv" ] || {
    printf '\n## Right answers\n\n| variant | right | failed | not supported |\n|---|---:|---:|---:|\n'
    counts "$out/conformance.csv"
  }
  printf '\n## Figures\n'
  verbatim "What the device can do at most" "$out/peaks.txt"
  for part in seed mobilenet_v1 resnet50; do
    verbatim "$part: the answer" "$out/$part.txt"
    details "$part: every variant" "$out/$part.md"
    verbatim "$part: bytes computed, counted and measured by each probe" "$out/$part.memory.txt"
  done
  [ ! -s "$out/cudnn.md" ] || { printf '\n## Beside cuDNN\n\n' && cat "$out/cudnn.md"; }
  verbatim "Trace of convlens itself" "$out/trace.txt"
  verbatim "Tuning" "$out/tune.txt"
}

# drivers_in_words: what the loader's .icd files name
drivers_in_words() {
  cat "${OCL_ICD_VENDORS:-/etc/OpenCL/vendors}"/*.icd 2>/dev/null | clean
}

# --- main --------------------------------------------------------------------------------------

find_program() {
  for file in "$here/convlens" "$here/../../build/portable/convlens" "$here/../../build/convlens"; do
    [ ! -x "$file" ] || { echo "$file"; return; }
  done
  command -v convlens
}

measure() {
  step peaks 45 "$program" devices --measure --device "$device" --store "$out/results.db" \
    --format "json:$out/peaks.json" --format "table:$out/peaks.txt"
  run_step conformance 110 "$here/conformance.ini" --budget 0.01 $short_conformance
  run_step seed 35 "$configs/seed.ini" --budget "$budget" $short_seed
  run_step mobilenet_v1 100 "$configs/mobilenet_v1.ini" --budget "$budget" $short_mobilenet
  run_step resnet50 60 "$configs/resnet50.ini" --layer "$resnet" --budget "$budget" $short_resnet
  measure_cudnn
  step trace 25 "$program" trace --format "json:$out/trace.json" --format "csv:$out/trace.csv" \
    --format "table:$out/trace.txt" -- "$program" run --problem "$small" --variant sep_unfused --layout nhwc \
    --device "$device" --store "$out/trace.db" --tuning none --no-measure --budget 0.01
  step tune 40 "$program" tune --problem "$small" --variant direct,sep_fused --layout nhwc --device "$device" \
    --tuning "$out/tuning.db" --budget "$tune_budget" --format "json:$out/tune.json" --format "table:$out/tune.txt"
}

measure_cudnn() {
  python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' >"$out/torch.log" 2>&1 </dev/null ||
    { record cudnn "left out: no PyTorch with CUDA" 0; return; }
  step cudnn 90 python3 "$here/cudnn.py" "$program" "$device" "$out" seed mobilenet_v1 resnet50
}

tab=$(printf '\t')
out= device= minutes=8 short=no search=${CONVLENS_DRIVER_ROOT:-/}
while getopts o:d:m:sh option; do
  case $option in
  o) out=$OPTARG ;;
  d) device=$OPTARG ;;
  m) minutes=$OPTARG ;;
  s) short=yes ;;
  h) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -le 1 ] || { usage >&2; exit 2; }
case $minutes in '' | *[!0-9]* | 0*) die 2 "-m $minutes: minutes are a whole number above 0" ;; esac

here=$(cd "$(dirname "$0")" && pwd)
configs=$here/configs
[ -d "$configs" ] || configs=$here/../../configs
program=${1-$(find_program)}
[ -n "$program" ] && [ -x "$program" ] || die 2 "${program:-convlens} is not a program; build it, or name it"
program=$(cd "$(dirname "$program")" && pwd)/$(basename "$program")
out=${out:-convlens-$(date -u +%Y%m%d-%H%M%S)}
mkdir "$out" || die 2 "$out: the folder of results must be new, and its place writable"
out=$(cd "$out" && pwd)
echo "step,result,seconds" >"$out/steps.csv"
deadline=$(($(now) + 60 * minutes))
small="separable:ic32ih56oc64kh3ph1"
budget=0.05 tune_budget=20 resnet='res*_2b'
short_conformance='' short_seed='' short_mobilenet='' short_resnet=''
if [ $short = yes ]; then
  small="separable:ic9ih14oc17kh3ph1"
  budget=0.01 tune_budget=1
  short_conformance='--layer point,channels --dtype f32 --layout nhwc'
  short_seed='--layer k64 --layout nhwc --variant sep_fused'
  short_mobilenet='--layer fc --layout nhwc'
  resnet=res2a_2b short_resnet='--layout nhwc --variant direct'
fi
choose_device
measure
summary >"$out/summary.md"
say "$out/summary.md has the summary"
! grep -qE ',(failed|stopped|nothing ran)' "$out/steps.csv"

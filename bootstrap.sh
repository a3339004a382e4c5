#!/bin/sh
# Builds convlens on Debian 12 from nothing, and shows or tests it: see usage below.
set -eu

usage() {
  cat <<'END'
usage: ./bootstrap.sh demo      install what is missing, build, run configs/seed.ini
       ./bootstrap.sh test      the same with every test, warnings as errors, ctest
       ./bootstrap.sh sanitize  unit and device tests again under clang's ASan and UBSan
       ./bootstrap.sh packages [demo|test]   list the Debian packages and what each is for

Packages are installed through apt by root or with a sudo that asks no password;
otherwise the command to run is printed and the exit status is 2.
JOBS sets how many things are done at once (default: one per core).
END
}

# One package a line, with what it is for. Everything is in Debian 12.
packages_demo() {
  cat <<'END'
cmake                 the build
ninja-build           the build
gcc                   the compiler
libc6-dev             headers of the C library
pkg-config            finds the libraries
libstdc++-12-dev      CLBlast's static library is C++
opencl-headers        OpenCL's C interface
libclblast-dev        GEMM on OpenCL
libinih-dev           sweep files
libjansson-dev        JSON
libsqlite3-dev        the store
libsmartcols-dev      tables on a terminal
ocl-icd-libopencl1    the OpenCL loader
pocl-opencl-icd       OpenCL on any CPU
END
}

packages_test() {
  packages_demo
  cat <<'END'
libcriterion-dev      unit and device tests
mesa-opencl-icd       a second OpenCL vendor: rusticl on llvmpipe
libdnnl-dev           oneDNN, which our times are held against
clinfo                a program of others to trace
clpeak                another one, which allocates
oclgrind              checks kernels for races and accesses out of bounds
liboclgrind-dev       a plug-in for it that counts memory traffic
llvm-14-dev           headers of oclgrind's LLVM, for the plug-in
clang                 a second compiler, and the syntax of cl/*.cl
libclang-rt-14-dev    clang's sanitizers
clang-format          the format test
g++                   the headers as C++, and the plug-in
binutils              readelf: what the portable program needs
git                   which files the format test looks at
mandoc                checks the man pages
zsh                   checks its completion
fish                  checks its completion
python3               checks of what the program writes
python3-numpy         checks of dumped tensors
python3-pip           fetches NVIDIA's assembler and Intel's OpenCL runtime into the build folder; nothing is installed with it
unzip                 unpacks the latter
END
}

say() {
  printf 'bootstrap: %s\n' "$*" >&2
}

die() { # STATUS MESSAGE
  status=$1
  shift
  say "$*"
  exit "$status"
}

# names_of LIST: the packages' names of a list above
names_of() {
  "packages_$1" | awk '{print $1}'
}

# missing_of LIST: those that are not installed
missing_of() {
  for name in $(names_of "$1"); do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || state=
    [ "$state" = installed ] || echo "$name"
  done
}

# as_root COMMAND…: as root, or through a sudo that asks nothing
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

may_install() {
  [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

apt_install() {
  as_root apt-get install -y -qq --no-install-recommends "$@" </dev/null
}

# install LIST: what is missing, with at most one apt-get update
install() {
  command -v dpkg-query >/dev/null || die 2 "this is no Debian system; install by hand:" "$(names_of "$1" | xargs)"
  missing=$(missing_of "$1" | xargs)
  [ -n "$missing" ] || return 0
  may_install || die 2 "packages are missing; run: sudo apt-get install --no-install-recommends $missing"
  say "installing $missing"
  # shellcheck disable=SC2086
  if ! quietly apt_install $missing; then
    say "trying again with fresh package lists"
    quietly as_root apt-get update -qq
    quietly apt_install $missing || die 2 "apt-get could not install $missing"
  fi
}

# quietly COMMAND…: shows the output only of what fails
quietly() {
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

# build FOLDER [CMAKE ARGUMENT…]
build() {
  folder=$1
  shift
  cmake -S . -B "$folder" -G Ninja "$@"
  cmake --build "$folder" --parallel "$JOBS"
}

# test_in FOLDER [CTEST ARGUMENT…]: ctest's closing lines come last, with what was skipped
test_in() {
  folder=$1
  shift
  status=0
  ctest --test-dir "$folder" --parallel "$JOBS" --output-on-failure --no-tests=error "$@" || status=$?
  skips=$(grep -aE '^(\[SKIP\]|SKIP:)' "$folder/Testing/Temporary/LastTest.log" | sort | uniq -c) || true
  [ -z "$skips" ] || say "skipped, with how often:
$skips"
  return $status
}

# best_devices: a GPU where there is one, else the CPU
best_devices() {
  if build/convlens devices --format json | grep -q '"type": *"gpu"'; then
    echo gpu
  else
    echo cpu
  fi
}

demo() {
  install demo
  tests=-DCONVLENS_TESTS=OFF
  [ ! -f build/CMakeCache.txt ] || tests= # a build with tests keeps them
  # shellcheck disable=SC2086
  quietly build build $tests || die 1 "the build failed"
  rm -f build/demo.db build/demo.db-wal build/demo.db-shm
  build/convlens run configs/seed.ini --device "$(best_devices)" --budget 0.1 --store build/demo.db
}

# vendors_lists: the vendors' compilers are downloaded, not installed; apt must know of them
vendors_lists() {
  if ! apt-cache show libigc1 >/dev/null 2>&1 && may_install; then
    quietly as_root apt-get update -qq || say "no fresh package lists: tests of vendors' compilers may be skipped"
  fi
}

run_tests() {
  install test
  vendors_lists
  build build -DCONVLENS_TESTS=ON -DCONVLENS_WERROR=ON
  tests/device/intel.sh build/intel-opencl || say "without Intel's OpenCL runtime: its tests are skipped"
  test_in build
}

sanitize() {
  install test
  build build/sanitize -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCONVLENS_TESTS=ON -DCONVLENS_WERROR=ON '-DCONVLENS_SANITIZE=address;undefined'
  # Mesa leaks by being loaded, and oclgrind is slow enough without: PoCL alone.
  test_in build/sanitize --label-regex 'unit|pocl'
}

JOBS=${JOBS:-$(nproc)}
cd "$(dirname "$0")"
case ${1-} in
demo) demo ;;
test) run_tests ;;
sanitize) sanitize ;;
packages) "packages_${2:-test}" ;;
-h | --help | help) usage ;;
*)
  usage >&2
  exit 2
  ;;
esac

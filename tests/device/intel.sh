#!/bin/sh
# intel.sh FOLDER: puts Intel's OpenCL runtime for CPUs into FOLDER: lib/, and icd/intel.icd for
# OCL_ICD_VENDORS. Nothing outside FOLDER changes. The versions are in intel.txt; a FOLDER that has
# them stays as it is. The libraries find each other in their own folder.
# Exit status: 0, or 1 where they could not be had; the reason is on stderr.
set -u

# What is taken of a wheel: all of the runtime but its OpenCL loader and second copies of
# libraries, which are symbolic links elsewhere; of the others what the runtime is linked with.
WANTED='*/libintelocl.so */libcommon_clang.so.* */cl.cfg */*.rtl */cllibrary*.o */libocl_svml_*.so
  */libimf.so */libintlc.so.5 */libirng.so */libsvml.so */libtbb.so.12 */libtbbmalloc.so.2
  */LICENSE.txt */license.txt'

die() {
  echo "intel.sh: $*" >&2
  rm -rf "$folder.new"
  exit 1
}

# unpack WHEEL: the wanted files, without their folders
unpack() {
  name=$(basename "$1" .whl)
  set -f
  # shellcheck disable=SC2086
  unzip -q -o -j "$1" $WANTED -d "$folder.new/lib" 2>"$folder.new/unzip.log"
  status=$?
  set +f
  [ $status -eq 0 ] || [ $status -eq 11 ] || die "$name cannot be unpacked: $(tail -n 1 "$folder.new/unzip.log")"
  for license in "$folder.new"/lib/[Ll][Ii][Cc][Ee][Nn][Ss][Ee].txt; do
    [ ! -e "$license" ] || mv "$license" "$folder.new/$name.license.txt"
  done
}

[ $# -eq 1 ] || { echo "usage: intel.sh FOLDER" >&2; exit 2; }
versions=$(cd "$(dirname "$0")" && pwd)/intel.txt
mkdir -p "$1" && folder=$(cd "$1" && pwd) || exit 1
! cmp -s "$versions" "$folder/versions.txt" || exit 0
[ "$(uname -sm)" = "Linux x86_64" ] || die "the runtime is for Linux on x86_64"
command -v unzip >/dev/null || die "unzip is missing"
rm -rf "$folder.new"
mkdir -p "$folder.new/lib" "$folder.new/icd"
python3 -m pip download -q --disable-pip-version-check --no-input --no-deps --require-hashes --only-binary :all: \
  -d "$folder.new/wheels" -r "$versions" >"$folder.new/pip.log" 2>&1 </dev/null ||
  die "pip cannot download the runtime: $(tail -n 1 "$folder.new/pip.log")"
for wheel in "$folder.new"/wheels/*.whl; do
  unpack "$wheel"
done
[ -r "$folder.new/lib/libintelocl.so" ] || die "no libintelocl.so in the wheels"
rm -rf "$folder.new/wheels" "$folder.new"/*.log
echo "$folder/lib/libintelocl.so" >"$folder.new/icd/intel.icd"
cp "$versions" "$folder.new/versions.txt"
rm -rf "$folder" && mv "$folder.new" "$folder" || die "$folder cannot be made"

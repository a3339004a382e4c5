#!/bin/sh
# consumer.sh prefix FOLDER CMAKE BUILD: installs the build under FOLDER/prefix.
# consumer.sh WAY FOLDER CMAKE CC: builds consumer.c against that prefix in one WAY and runs it;
# `program` runs the installed program instead, `exports` looks at the library's symbols.
set -eu

install_prefix() {
  rm -rf "$prefix"
  "$cmake" --install "$1" --prefix "$prefix" >"$folder/install.log" || { cat "$folder/install.log"; exit 1; }
  for file in share/man/man1/convlens.1 share/man/man1/convlens-run.1 share/bash-completion/completions/convlens \
    share/zsh/site-functions/_convlens share/fish/vendor_completions.d/convlens.fish share/convlens/configs/smoke.ini share/doc/convlens/LICENSE include/convlens/plan.h; do
    [ -f "$prefix/$file" ] || { echo "not installed: $file"; exit 1; }
  done
}

# with_cmake TARGET CC
with_cmake() {
  rm -rf "$folder/$way"
  "$cmake" -S "$here" -B "$folder/$way" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$2" -DLINK="$1"
  "$cmake" --build "$folder/$way"
  "$folder/$way/consumer"
}

# with_pkg_config CC NAME [--static]
with_pkg_config() {
  file=$(find "$prefix" -name convlens.pc)
  PKG_CONFIG_PATH=$(dirname "$file")
  export PKG_CONFIG_PATH
  flags=$(pkg-config --cflags --libs ${3-} convlens | sed "s/ -lconvlens/ $2/")
  # shellcheck disable=SC2086
  "$1" "$here/consumer.c" -o "$folder/$way" $flags
  LD_LIBRARY_PATH=$(pkg-config --variable=libdir convlens) "$folder/$way"
}

# check_exports: the shared library shows the names of its headers and no others
check_exports() {
  nm -D --defined-only "$(find "$prefix" -name 'libconvlens.so')" | awk '{print $3}' >"$folder/exports.txt"
  grep -qx cvl_problem_parse "$folder/exports.txt" || { echo "cvl_problem_parse is not exported"; exit 1; }
  while read -r name; do
    grep -qw "$name" "$prefix"/include/convlens/*.h || { echo "exported, but in no header: $name"; exit 1; }
  done <"$folder/exports.txt"
}

run_program() {
  "$prefix/bin/convlens" --version
  "$prefix/bin/convlens" plan "$prefix/share/convlens/configs/smoke.ini" >"$folder/plan.txt"
  [ -s "$folder/plan.txt" ]
}

here=$(cd "$(dirname "$0")" && pwd)
way=$1 folder=$2 cmake=$3
prefix=$folder/prefix
mkdir -p "$folder"
case $way in
prefix) install_prefix "$4" ;;
cmake-shared) with_cmake convlens::convlens "$4" ;;
cmake-static) with_cmake convlens::convlens_static "$4" ;;
pkg-config-shared) with_pkg_config "$4" -lconvlens ;;
pkg-config-static) with_pkg_config "$4" -l:libconvlens.a --static ;;
exports) check_exports ;;
program) run_program ;;
esac

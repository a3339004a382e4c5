#!/bin/sh
# format.sh ROOT: every tracked C, C++ and OpenCL file is as .clang-format says (version 14).
command -v clang-format >/dev/null || { echo "SKIP: clang-format is not there"; exit 77; }
cd "$1" || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || { echo "SKIP: not a git checkout"; exit 77; }
[ -n "$(git ls-files '*.c')" ] || { echo "git tracks no C file here"; exit 1; }
git ls-files -z '*.c' '*.h' '*.cpp' '*.cl' '*.clh' | xargs -0 clang-format --dry-run -Werror

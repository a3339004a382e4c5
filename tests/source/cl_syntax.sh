#!/bin/sh
# cl_syntax.sh FILE.cl: clang takes the file as OpenCL C 1.2, joined with the .clh files.
command -v clang >/dev/null || { echo "SKIP: clang is not there"; exit 77; }
folder=$(dirname "$1")
exec clang -x cl -fsyntax-only -cl-std=CL1.2 -Xclang -finclude-default-header -Wall -Wextra -Wno-unused-parameter -Werror \
  -include "$folder/common.clh" -include "$folder/product.clh" -include "$folder/depthwise.clh" \
  -include "$folder/blocks.clh" -include "$folder/winograd.clh" "$1"

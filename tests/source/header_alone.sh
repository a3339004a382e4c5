#!/bin/sh
# header_alone.sh COMPILER LANGUAGE FOLDER HEADER: the header compiles by itself, without a warning.
compiler=$1 language=$2 folder=$3 header=$4
case $compiler in
"" | *-NOTFOUND) echo "SKIP: no compiler for $language"; exit 77 ;;
esac
case $language in
c) standard=c11 ;;
c++) standard=c++11 ;;
esac
echo "#include <$header>" |
  "$compiler" -x "$language" -std=$standard -Wall -Wextra -Wpedantic -Werror -I"$folder" -fsyntax-only -

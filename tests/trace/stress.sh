#!/bin/sh
# stress.sh PROGRAM FOLDER: runs the stress of the layer's books, and reads the trace that it wrote.
set -eu
rm -rf "$2" && mkdir -p "$2"
# The sanitizer cannot place its memory where addresses are spread too widely: then without spreading.
if setarch "$(uname -m)" -R true 2>/dev/null; then
  setarch "$(uname -m)" -R "$1" "$2"
else
  "$1" "$2"
fi

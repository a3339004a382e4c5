#!/bin/sh
# pack.sh FILE.tar.gz PROGRAM: packs what run.sh needs on a machine without network, the portable
# program and an OpenCL loader included, as the folder convlens-hardware.
set -eu
[ $# -eq 2 ] || { echo "usage: pack.sh FILE.tar.gz PROGRAM" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folder=$scratch/convlens-hardware
mkdir -p "$folder/configs"
cp "$here/run.sh" "$here/cudnn.py" "$here/conformance.ini" "$folder/"
cp "$here/../../configs/seed.ini" "$here/../../configs/mobilenet_v1.ini" "$here/../../configs/resnet50.ini" "$folder/configs/"
cp "$2" "$folder/convlens"
loader=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | awk '/libOpenCL\.so\.1 / { print $NF; exit }')
[ -z "$loader" ] || cp -L "$loader" "$folder/libOpenCL.so.1"
tar -C "$scratch" -czf "$1" convlens-hardware

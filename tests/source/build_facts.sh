#!/bin/sh
# build_facts.sh CMAKE SOURCE: the commit that --version shows is that of the work tree; of an archive what git put into
# commit.txt; of anything else "unknown".
set -eu
cmake=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# facts ROOT GIT: writes the header and prints commit and date
facts() {
  "$cmake" "-DOUT=$work/facts.h" "-DROOT=$1" "-DGIT=$2" -DCOMPILER=cc -DTYPE=Release -DPARTS=none \
    -P "$1/src/cmake/ConvlensBuild.cmake"
  sed -n 's/#define CVL_BUILD_\(COMMIT\|DATE\) "\(.*\)"/\2/p' "$work/facts.h" | tr '\n' ' '
}
expect() { [ "$1" = "$2" ] || { echo "got '$1', expected '$2'"; exit 1; }; }

mkdir -p "$work/plain/src/cmake"
cp "$source/src/cmake/ConvlensBuild.cmake" "$work/plain/src/cmake"
echo '$Format:%h %cs$' >"$work/plain/src/cmake/commit.txt"
expect "$(facts "$work/plain" "")" "unknown  "
echo '0123abc 2026-01-02' >"$work/plain/src/cmake/commit.txt"
expect "$(facts "$work/plain" "")" "0123abc 2026-01-02 "
grep -qx 'src/cmake/commit.txt export-subst' "$source/.gitattributes"

git=$(command -v git) || { echo "git is not there: archives alone were tried"; exit 0; }
expect "$(facts "$work/plain" "$git")" "0123abc 2026-01-02 "
cd "$work/plain"
git init -q . && git add . && git -c user.name=a -c user.email=a@b commit -qm first
expect "$(facts "$work/plain" "$git")" "$(git rev-parse --short=12 HEAD) $(git show -s --format=%cs) "
echo >>src/cmake/commit.txt
expect "$(facts "$work/plain" "$git")" "$(git rev-parse --short=12 HEAD)-dirty $(git show -s --format=%cs) "
echo "ok"

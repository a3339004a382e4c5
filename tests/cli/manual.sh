#!/bin/bash
# manual.sh KIND PROGRAM SOURCE: man pages and completions are well-formed, and complete what is there.
set -u
kind=$1 program=$(realpath "$2") source=$(realpath "$3")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
fail() { echo "FAILED $*"; failed=1; }
skip() { echo "SKIP: $* is not there"; exit 77; }
public=$(sed -n '/hidden/d; s/^CVL_VERB(\([a-z]*\),.*/\1/p' "$source/src/cli/verbs.def")
[ -n "$public" ] || { echo "no command is found"; exit 1; }

# The options of a command, as its help shows them
options_of() { "$program" help "$1" | sed -n 's/^  [ -].[ ,] --\([a-z-]*\).*/\1/p'; }

dash='\-' # as roff has it
check_page() { # PAGE COMMAND…
  local page=$1.1 option
  "$program" help --man "${@:2}" >"$page" || fail "$page: not printed"
  if command -v groff >/dev/null; then
    groff -man -Tutf8 -ww -z "$page" 2>warnings; [ ! -s warnings ] || { fail "$page: groff"; cat warnings; }
  fi
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$page" >warnings || { fail "$page: mandoc"; cat warnings; }
  fi
  for section in NAME SYNOPSIS 'EXIT STATUS' 'SEE ALSO'; do
    grep -qx ".SH $section" "$page" || fail "$page: no section $section"
  done
  for option in $([ $# -lt 2 ] || options_of "$2"); do
    grep -qF -- "$dash$dash${option//-/"$dash"}" "$page" || fail "$page: no option $option"
  done
}

# completed WORD…: what bash completes the last word to
completed() {
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
  _convlens
  echo "${COMPREPLY[*]}"
}
expect() { # EXPECTED WORD…
  local got; got=$(completed "${@:2}")
  [ "$got" = "$1" ] || fail "${*:2}: got '$got', expected '$1'"
}

case $kind in
man)
  command -v groff >/dev/null || command -v mandoc >/dev/null || skip groff or mandoc
  check_page convlens
  for verb in $public; do
    check_page "convlens-$verb" "$verb"
    grep -q "$verb" convlens.1 || fail "convlens.1: no command $verb"
  done
  ;;
bash)
  "$program" help --completion bash >script && . ./script || fail script
  [ "$(complete -p convlens)" = "complete -F _convlens convlens" ] || fail "nothing is registered"
  expect "run report" convlens r
  expect "--layer --layout" convlens run --lay
  expect "nhwc nchw" convlens run --layout n
  expect "nhwc nchw" convlens run --layout = n
  expect "nhwc,nchw" convlens plan --layout nhwc,nc
  expect "f16" convlens tune --dtype f1
  expect "freed freed_pinned" convlens choose --policy f
  expect "sep_unfused sep_unfused_gemm" convlens run --variant sep_u
  expect "json" convlens list -f j
  expect "csv" convlens report --format c
  expect "probes policies" convlens list p
  expect "explain" convlens help e
  expect "" convlens run --timeout 1
  expect "" convlens plan --measure
  for verb in $public; do
    for option in $(options_of "$verb"); do
      case " $(completed convlens "$verb" "--$option") " in
      *" --$option "*) ;;
      *) fail "$verb --$option: not completed" ;;
      esac
    done
  done
  ;;
zsh | fish)
  command -v "$kind" >/dev/null || skip "$kind"
  "$program" help --completion "$kind" >script || fail script
  "$kind" -n script || fail "$kind: syntax"
  for verb in $public; do
    for option in $(options_of "$verb"); do
      grep -q -e "--$option\[" -e "from $verb' -l $option " script || fail "$verb --$option: not there"
    done
  done
  if [ "$kind" = fish ]; then
    got=$(XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work HOME=$work fish --no-config -c \
      "source script; complete -C 'convlens choose --policy fr'" | cut -f1 | tr '\n' ' ')
    [ "$got" = "freed freed_pinned " ] || fail "fish completes '$got'"
  fi
  ;;
esac
[ $failed = 0 ] && echo "ok $kind"
exit $failed

#!/bin/sh
# Builds every program of the corpus to wasm with the recorded toolchain and
# flags.
#
#     corpus/build.sh OUT [NAME...]       write OUT/NAME.wasm
#     corpus/build.sh --check [NAME...]   build aside, compare with what is
#                                         checked in; status 1 if they differ
#
# Compiling and linking are two steps because clang, when it links with -O, runs
# whatever wasm-opt is on the path, which drops the names. Other versions of
# clang or wasi-libc give other bytes, so without exactly these the script says
# "skipped" and leaves with status 0.
set -eu

clang=${CLANG:-clang}
sysroot=${WASI_SYSROOT:-/usr}
want_clang='14.0.6'
want_opt='version 108'
want_libc='b4d69bce4aba' # the first digits of the sha256 of libc.a

# name, level, flags: "2.0" stands for the scalar parts of wasm 2.0 (the others
# keep to the first version, as clang 14 does by itself), "opt" for binaryen
# afterwards, which makes the ifs and elses that clang never makes.
table='
aes          -O2
bigint       -O2
chess        -O2 opt
codelets     -O2 2.0
format       -Os
hashtable    -O2
huffman      -O0
interp       -O2 opt
json         -Os 2.0
lisp         -O2
lz           -O3 opt
mandelbrot   -O2
matrix       -O3
nbody        -O2
raytrace     -O2
regex        -O2 opt
scalars      -O1 2.0
sha2         -O2 2.0
sort         -O2 2.0
vm           -O2
vtable       -O1
'
scalar2='-msign-ext -mnontrapping-fptoint -mbulk-memory'
common='--target=wasm32-wasi -std=c11 -Wall -Wextra -g0 -ffp-contract=off
  -fno-vectorize -fno-slp-vectorize -mno-simd128'
# The stack comes first, so that an overflow traps instead of writing over data.
link='-Wl,--strip-debug -Wl,--stack-first -Wl,-z,stack-size=262144'

skip() {
  echo "skipped: no clang/wasi-libc ($1)"
  exit 0
}

check_toolchain() {
  command -v "$clang" >/dev/null 2>&1 || skip "no $clang"
  command -v wasm-ld >/dev/null 2>&1 || skip "no wasm-ld"
  "$clang" --version | grep -q "version $want_clang" ||
    skip "clang is not $want_clang"
  command -v wasm-opt >/dev/null 2>&1 || skip "no wasm-opt"
  wasm-opt --version | grep -q "$want_opt" || skip "wasm-opt is not $want_opt"
  libc=$sysroot/lib/wasm32-wasi/libc.a
  [ -f "$libc" ] || skip "no $libc"
  case $(sha256sum "$libc") in
  "$want_libc"*) ;;
  *) skip "another wasi-libc" ;;
  esac
}

# Writes NAME.c by NAME_gen.c, if there is one, and says where the source is.
source_of() { # name out
  [ -f "$1_gen.c" ] || {
    echo "$1.c"
    return
  }
  ${CC:-cc} -std=c11 -O1 -o "$2/$1_gen" "$1_gen.c" -lm
  "$2/$1_gen" >"$2/$1.c"
  rm "$2/$1_gen"
  echo "$2/$1.c"
}

# Works in the folder of the sources and leaves no debug information, so that no
# path gets into the bytes.
build() { # name out flags...
  name=$1 out=$2
  shift 2
  file=$(source_of "$name" "$out")
  # shellcheck disable=SC2086
  "$clang" $common --sysroot="$sysroot" -I. "$@" -c "$file" \
    -o "$out/$name.o"
  # shellcheck disable=SC2086
  "$clang" --target=wasm32-wasi --sysroot="$sysroot" "$out/$name.o" \
    -o "$out/$name.wasm" $link
  chmod -x "$out/$name.wasm"
  rm "$out/$name.o"
  [ "$file" = "$name.c" ] || rm "$file"
}

wanted() { # name; is it among $names, or are there none?
  [ -z "$names" ] && return 0
  case " $names " in *" $1 "*) return 0 ;; esac
  return 1
}

build_all() { # out
  echo "$table" | while read -r name level flags; do
    [ -n "$name" ] && wanted "$name" || continue
    optimize=
    case $flags in
    2.0) flags=$scalar2 ;;
    opt) flags='' optimize=yes ;;
    esac
    # shellcheck disable=SC2086
    build "$name" "$1" $level $flags
    [ -z "$optimize" ] || wasm-opt --mvp-features -O2 -g "$1/$name.wasm" \
      -o "$1/$name.wasm"
  done
}

compare_all() { # out
  bad=0
  for new in "$1"/*.wasm; do
    name=${new##*/}
    if cmp -s "$new" "../$name"; then
      echo "same: $name"
    else
      echo "DIFFERENT: $name"
      bad=1
    fi
  done
  return $bad
}

[ $# -gt 0 ] || {
  echo "usage: build.sh OUT | --check [NAME...]" >&2
  exit 2
}
target=$1
shift
names=$*
for name; do
  echo "$table" | grep -q "^$name " || {
    echo "build.sh: no program $name in the table" >&2
    exit 2
  }
done
check_toolchain
if [ "$target" = --check ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
else
  mkdir -p "$target"
  out=$(cd "$target" && pwd)
fi
cd "$(dirname "$0")/src"
build_all "$out"
if [ "$target" = --check ]; then
  compare_all "$out"
fi

#!/bin/sh
# install.sh ROOT OUT PREFIX CC: wb and rulec, and what `wb --rules` needs to
# compile rules (kit.c): the ops, the built-in rules, headers. Then editor files.
set -eu
root=$1 out=$2 prefix=$3 cc=$4
share=$prefix/share/rulewright include=$prefix/include/rulewright
install -d "$prefix/bin" "$share/mid" "$include/mid/egraph" "$include/mid/ir" "$include/mid/base" "$include/mid/wasm"
install -m 755 "$out/wb" "$out/rulec" "$prefix/bin"
install -m 644 "$root/rules/ops.rules" "$share"
install -m 644 "$root"/rules/mid/*.rules "$share/mid"
for h in egraph/rewrite egraph/graph egraph/egraph ir/ir ir/eval ir/interp ir/known base/base wasm/vmctx; do
  install -m 644 "$root/mid/$h.h" "$include/mid/$h.h"
done
install -m 644 "$out/gen/ops.h" "$include"
printf 'cc %s\nrules .\ninclude ../../include/rulewright\n' "$cc" > "$share/rules.kit"
# Highlighting for editors (docs/desk.md).
for k in vim textmate tree-sitter; do "$out/rulec" grammar -o "$share/editors/$k" "$k"; done

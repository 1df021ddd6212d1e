#!/bin/sh
# install.sh ROOT OUT PREFIX CC: wb and rulec, and what `wb --rules` needs to
# compile rules (kit.c): the ops, the built-in rules, headers. Then editor files.
set -eu
root=$1 out=$2 prefix=$3 cc=$4
share=$prefix/share/rulewright include=$prefix/include/rulewright
for d in mid/egraph mid/ir mid/base mid/wasm back/isel back/emit back/x64; do install -d "$include/$d"; done
install -d "$prefix/bin" "$share"
install -m 755 "$out/wb" "$out/rulec" "$prefix/bin"
install -m 644 "$out/gen/builtin.rules" "$share"
for h in mid/egraph/rewrite mid/egraph/graph mid/egraph/egraph mid/ir/ir mid/ir/eval mid/ir/interp mid/ir/known \
  mid/base/base mid/wasm/vmctx back/vcode back/isel/isel back/isel/lower back/emit/encode back/x64/cpu; do
  install -m 644 "$root/$h.h" "$include/$h.h"
done
install -m 644 "$out/gen/ops.h" "$out/gen/inst.h" "$include"
printf 'cc %s\nrules builtin.rules\ninclude ../../include/rulewright\n' "$cc" > "$share/rules.kit"
# Highlighting for editors (docs/desk.md).
for k in vim textmate tree-sitter; do "$out/rulec" grammar -o "$share/editors/$k" "$k"; done

#!/bin/sh
# modes.sh ARGS...: `wb run ARGS` in every mode. Prints what it says once, and
# each mode that says something else; the exit status is the first mode's.
# How deep a stack is at its end depends on the mode.
answer() {
  said=$(wb run "$@" 2>&1) && status=0 || status=$?
  printf '%s\n' "$said" | sed 's/and [0-9]* more$/and more/'
  echo "status $status"
}
first=$(answer --interp "$@")
for mode in '--interp -O1' '--interp -O2' '--interp --bounds=explicit' -O0 -O1 -O2 \
  '-O0 --bounds=explicit' '-O1 --bounds=explicit' '-O2 --bounds=explicit' \
  '-O2 --no-bmi1 --no-bmi2 --no-avx --no-sse41' '-O1 --stack=100 -j3 --check'; do
  other=$(answer $mode "$@")
  [ "$other" = "$first" ] || printf 'differs with %s:\n%s\n' "$mode" "$other"
done
printf '%s\n' "$first" | sed '$d'
exit "${first##*status }"

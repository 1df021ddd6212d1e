#!/bin/sh
# A solver that has no idea: what it is asked goes to the evaluator.
case $1 in -version | --version) echo "no idea 1"; exit ;; esac
while read -r line; do
  case $line in
  *'(check-sat)'*) echo unknown ;;
  '(echo "'*) line=${line#'(echo "'}; echo "${line%'")'}" ;;
  esac
done

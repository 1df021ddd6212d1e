#!/bin/sh
# A solver that says sat and then has no model of it, as tactics do that are lost in the plain command.
case $1 in -version | --version) echo "forgets 1"; exit ;; esac
said=
while read -r line; do
  case $line in
  *'(check-sat)'*) if [ "$said" ]; then echo unknown; said=; else echo sat; said=1; fi ;;
  '(echo "'*) line=${line#'(echo "'}; echo "${line%'")'}" ;;
  esac
done

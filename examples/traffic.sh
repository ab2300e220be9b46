#!/bin/sh
# The five paths asked for most in each 5 minutes of a web server log, as a csv file:
#   traffic.sh LOG RESULT
# Quiet when all is well. On failure it says one line, RESULT is left as it was, and the exit code is not 0.
set -u

if [ $# -ne 2 ]; then
  echo 'usage: traffic.sh LOG RESULT' >&2
  exit 2
fi

messages=$(mktemp) || exit 1
trap 'rm -f "$messages"' EXIT

{
  tm source "$1" --format combined |
    tm window fixed 5m |
    tm combine --by path n=count 'p95 = quantile(bytes, 0.95)' --order -n --limit 5 |
    tm sink "$2" --format csv --overwrite
} 2>"$messages"
code=$?

# The failure of any command reaches the last one, so its exit code is that of the pipe; and what is told
# first is the cause.
if [ "$code" -eq 0 ]; then
  cat "$messages" >&2
else
  head -n 1 "$messages" >&2
fi
exit "$code"

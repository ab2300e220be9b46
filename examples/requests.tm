#!/usr/bin/env -S tm run
# Requests per status in each five minutes of a log that goes on: each run reads what is new, also behind a rotation,
# and each result is written once, whatever ended the run before.
#   STATE=DIR RESULT=FILE requests.tm LOG [OPTION…]      OPTIONs of tm source: --follow, --drain, --if-running skip

tm source "$@" --format combined --delay "${DELAY:-1m}" --state "${STATE:?the directory that keeps where the runs are}" |
  tm window fixed 5m |
  tm combine --by status n=count 'volume = sum(bytes)' |
  tm sink "${RESULT:?the file for the results}" --format csv

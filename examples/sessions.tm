#!/usr/bin/env -S tm run
# Visits in a stream of requests: a host's requests with no pause of GAP between them. It is a stage of other pipelines:
#   tm source access.log --format combined | ./sessions.tm [GAP] | tm sink
# in a shell, and in the text of another pipeline.

tm window session "${1:-2m}" |
  tm combine --by host requests=count 'first = first(path)' 'volume = sum(bytes)'

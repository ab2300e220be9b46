#!/usr/bin/env -S tm run
# The words of a text that occur most: words.tm [TEXT…]. LIMIT in the environment says how many.

tm source "$@" --format text --time none |
  tm explode 'word = text.lowerAscii()' --split |
  tm filter 'word.matches("[a-z]")' |
  tm combine --by word n=count --order -n --limit "${LIMIT:-10}" |
  tm sink --format "${FORMAT:-table}"

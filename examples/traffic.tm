#!/usr/bin/env -S tm run
# The five paths asked for most in each five minutes of a web server log:
#   ./traffic.tm [LOG…]      without a LOG it reads standard input
# SIZE and DELAY in the environment say how long a window is, and how late a line may be.

tm source "$@" --format combined --delay "${DELAY:-1m}" |
  tm window fixed "${SIZE:-5m}" |
  tm combine --by path n=count 'p95 = quantile(bytes, 0.95)' --order -n --limit 5 |
  tm sink

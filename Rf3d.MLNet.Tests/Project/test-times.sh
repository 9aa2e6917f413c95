#!/usr/bin/env bash
# Prints the tests of result files as a table, the slowest first: test-times.sh [-n COUNT] FILE.trx ...
#   dotnet test Rf3d.sln -c Release --filter TestCategory=Slow --logger trx --results-directory results
#   Rf3d.MLNet.Tests/Project/test-times.sh results/*.trx > docs/benchmarks/slow-tests.md
set -euo pipefail
count=1000000
if [ "${1:-}" = -n ]; then count=$2; shift 2; fi
[ $# -gt 0 ] || { sed -n 2,4p "$0"; exit 1; }
echo "# Times of tests"
echo
echo "$(date +%F), commit $(git rev-parse --short HEAD), $(nproc) cores."
echo
echo "| test | result | seconds |"
echo "|---|---|---|"
# The class of a test is in another part of the file than its result.
awk '
  function value(name) { return match($0, name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 3) : "" }
  function plain(text) { gsub(/&quot;/, "\"", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&amp;/, "\\&", text); gsub(/\|/, "\\|", text); return text }
  /<UnitTestResult / {
    id = value("testId"); split(value("duration"), part, ":")
    results[++n] = id; name[n] = value("testName"); outcome[n] = value("outcome"); seconds[n] = part[1] * 3600 + part[2] * 60 + part[3]
  }
  /<UnitTest / { test = value("id") }
  /<TestMethod / { class[test] = value("className"); sub(/.*\./, "", class[test]) }
  END { for (i = 1; i <= n; i++) printf "%.1f\t| %s.%s | %s | %.1f |\n", seconds[i], class[results[i]], plain(name[i]), tolower(outcome[i]), seconds[i] }
' "$@" | sort -rn | head -n "$count" | cut -f 2-

#!/bin/sh
# The nightly audit: reads the site, keeps the run, tells people what changed, leaves a health file and metrics.
# Ends with the auditor's exit code. Everything comes from the environment; no secret is an argument.
#
#   AUDITOR_STATE      folder for history, reports, health and metrics (default /var/lib/bi-auditor)
#   where to read      TABLEAU_SERVER_URL and TABLEAU_SITE, or AUDITOR_SNAPSHOT, or AUDITOR_CASSETTE
#   credentials        TABLEAU_TOKEN_NAME with AUDITOR_TOKEN_FILE, or as the auditor's manual says
#   AUDITOR_HISTORY    another place for the history: a postgresql:// URL without its password, which libpq takes
#                      from PGPASSFILE or PGPASSWORD
#   AUDITOR_METRICS    where node_exporter's textfile collector looks, a file ending in .prom
#   AUDITOR_POLICIES   policies, AUDITOR_WAIVERS waiver files, AUDITOR_NOTIFY receivers by name; blanks between
#   AUDITOR_KEEP       runs to keep of each site (default 400); AUDITOR_KEEP_REPORTS days of reports (default 90)
set -eu
umask 077

state=${AUDITOR_STATE:-/var/lib/bi-auditor}
auditor=${AUDITOR:-auditor}
: "${AUDITOR_HISTORY:=$state/history.db}"
export AUDITOR_HISTORY
mkdir -p "$state/reports"

# One job at a time: a second one would only double the load on the server.
exec 9>"$state/lock"
if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
  echo "Another nightly audit is still running; this one does nothing." >&2
  exit 0
fi

day=$(date -u +%Y-%m-%dT%H%MZ)
set -- scan --quiet --history "$AUDITOR_HISTORY" --health "$state/health.json" --metrics "${AUDITOR_METRICS:-$state/bi_auditor.prom}" --save-snapshot "$state/last.snapshot" \
  --format json --output "$state/reports/$day.json" --format html --output "$state/reports/$day.html"
if [ -n "${AUDITOR_CASSETTE:-}" ]; then set -- "$@" --cassette "$AUDITOR_CASSETTE"
elif [ -n "${AUDITOR_SNAPSHOT:-}" ]; then set -- "$@" --snapshot "$AUDITOR_SNAPSHOT"
fi
if [ -n "${AUDITOR_TOKEN_FILE:-}" ]; then set -- "$@" --token-file "$AUDITOR_TOKEN_FILE"; fi
if [ -n "${AUDITOR_FAIL_ON:-}" ]; then set -- "$@" --fail-on "$AUDITOR_FAIL_ON"; fi
set -f # names are split at blanks, and not matched against files
for name in ${AUDITOR_POLICIES:-}; do set -- "$@" --policy "$name"; done
for name in ${AUDITOR_WAIVERS:-}; do set -- "$@" --waivers "$name"; done
for name in ${AUDITOR_NOTIFY:-}; do set -- "$@" --notify "$name"; done
set +f

code=0
"$auditor" "$@" || code=$?

# An audit that was not made leaves the history and the older reports as they are.
case $code in
  0 | 1 | 3)
    "$auditor" history prune --keep "${AUDITOR_KEEP:-400}" || echo "The history was not pruned." >&2
    find "$state/reports" -type f -mtime "+${AUDITOR_KEEP_REPORTS:-90}" -exec rm -f {} +
    ;;
esac
exit "$code"

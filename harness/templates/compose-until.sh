# until NAME SIGNAL COMMAND…: run it until `over NAME` says that it is no longer wanted, and never again after that.
set -eu
name=$1 signal=$2
shift 2
way=/opt/project/progress/$name.way
[ -p "$way" ] || mkfifo -m 666 "$way"
if [ -e "/opt/project/progress/$name.over" ]; then
  read -r _ < "$way" || :
  exit 0
fi
"$@" &
it=$!
(read -r _ < "$way" || :; kill -s "$signal" "$it") &
waiting=$!
trap 'kill -s "$signal" "$it"' TERM INT
code=0
wait "$it" || code=$?
while kill -s 0 "$it" 2>/dev/null; do  # it was a signal that ended the wait
  code=0
  wait "$it" || code=$?
done
kill "$waiting" 2>/dev/null || :
[ -e "/opt/project/progress/$name.over" ] || exit "$code"

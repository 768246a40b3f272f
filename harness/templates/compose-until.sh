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
it= told=
trap 'told=yes; [ -z "$it" ] || kill -s "$signal" "$it"' TERM INT
"$@" &
it=$!
(read -r _ < "$way" || :; kill -s "$signal" "$it") &
waiting=$!
code=0
wait "$it" || code=$?
while [ -n "$told" ]; do  # it was a signal that ended the wait
  told= code=0
  wait "$it" || code=$?
done
kill -s KILL "$waiting" 2>/dev/null || :
[ -e "/opt/project/progress/$name.over" ] || exit "$code"

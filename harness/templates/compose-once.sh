# once NAME COMMAND…: run it, unless that was done before. What is done is kept in a volume.
set -eu
name=$1
shift
if [ -e "/opt/project/progress/$name" ]; then
  echo "$name: done before"
  exit 0
fi
"$@"
: > "/opt/project/progress/$name"

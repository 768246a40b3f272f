# over NAME…: let what `until` runs under these names end.
set -eu
for name; do
  : > "/opt/project/progress/$name.over"
  timeout 60 sh -eu -c 'until [ -p "$0" ]; do sleep 0.1; done; : > "$0"' "/opt/project/progress/$name.way"
done

# Runs a PostgreSQL server that ends with the process that started it.
# Usage: sh -c "$(cat guard.sh)" guard REMOVE PROGRAM [ARGUMENT...]
#
# Standard input is a pipe whose other end the starting process holds and never writes to. The end
# of it means that the process closed it or was killed; then the server gets a fast shutdown, and an
# immediate one if that takes longer than half a minute. Afterwards directory REMOVE is removed,
# unless it is empty. The first line on standard output is the server's process id.

# Ctrl-C reaches us only where there is no setsid; the starting process decides what it means.
trap '' INT HUP QUIT
remove=$1
shift
exec 3<&0 </dev/null

"$@" 3<&- 1>&2 &
server=$!
echo "$server"

{
  while read -r _ <&3; do :; done
  trap '' TERM
  kill -INT "$server"
  seconds=0
  while kill -0 "$server"; do
    if [ "$seconds" -eq 30 ]; then kill -QUIT "$server"; fi
    if [ "$seconds" -eq 45 ]; then kill -KILL "$server"; fi
    seconds=$((seconds + 1))
    sleep 1
  done
  if [ -n "$remove" ]; then rm -rf -- "$remove"; fi
} 2>/dev/null &
watcher=$!

exec 3<&-
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"

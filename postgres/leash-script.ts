/**
 * The POSIX shell program between this process and a child process.
 *
 * Its stdin is a pipe whose only other end is ours. The kernel closes that end when we die, however we die,
 * so end of file means "the parent is gone" even after SIGKILL, which no exit handler could report. A line on
 * the pipe is the name of a signal to pass on.
 *
 * Arguments: the signal to send at end of file, the seconds of grace before SIGKILL, the number of scratch
 * folders, the folders, then the command. Fd 3 reports the child's own pid.
 *
 * - `read` is a builtin, so waiting costs no extra process.
 * - `sleep 1`, because fractions of a second are not POSIX.
 * - Only this shell ignores INT and HUP: Ctrl-C is for the parent to handle, which tells the shell through
 *   the pipe.
 * - The shell closes its own output once the child has it. Some shells print "Terminated" for a terminated
 *   child, and printing it into the pipe of a dead parent would end the shell before its cleanup.
 */
export const leashScript = `
signal=$1 grace=$2 scratches=$3
shift 3

scratch=
while [ "$scratches" -gt 0 ]; do
  scratch="$scratch '$(printf %s "$1" | sed "s/'/'\\\\\\\\''/g")'"
  shift
  scratches=$((scratches - 1))
done

exec 4<&0
"$@" </dev/null 3>&- 4<&- &
child=$!
trap '' INT HUP
trap 'kill -s "$signal" "$child" 2>/dev/null' TERM
echo "$child" >&3
exec >/dev/null 2>&1 3>&-

(
  trap - TERM
  while read -r wanted <&4; do kill -s "$wanted" "$child" 2>/dev/null; done
  kill -s "$signal" "$child" 2>/dev/null
  waited=0
  while [ "$waited" -lt "$grace" ] && kill -0 "$child" 2>/dev/null; do
    sleep 1
    waited=$((waited + 1))
  done
  kill -s KILL "$child" 2>/dev/null
) &
reader=$!
exec 4<&-

wait "$child"
status=$?
# A trapped TERM interrupts wait with a status above 128 while the child still lives.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done

kill "$reader" 2>/dev/null
eval "set -- $scratch"
[ "$#" -gt 0 ] && rm -rf -- "$@"
exit "$status"
`;

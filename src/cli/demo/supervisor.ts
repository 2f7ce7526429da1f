/** What a supervisor needs to know of a server, as shell commands that may use `$folder`, and end in `exec` where they start a program. */
export interface Supervision {
  /** Makes the data folder, if it is not there. */
  readonly make: string;
  readonly serve: string;
  /** Signal that asks the server to end. */
  readonly stop: 'INT' | 'TERM';
  /** Signal for a server that does not end. */
  readonly force: 'QUIT' | 'KILL';
}

/**
 * The shell script that stands between this process and a database server, run as the server's user. Its standard
 * input is a pipe that we hold: when that closes, because we asked for it or because we were killed, the server is
 * stopped, and its temporary folder removed. Arguments: folder of the server, `remove` or `keep`.
 */
export const supervisor = ({ make, serve, stop, force }: Supervision): string => `
folder=$1 after=$2
exec 3<&0 </dev/null
# Nobody may be left to read what is written to standard error, and the folder has to go all the same.
trap '' PIPE
umask 077
finish() {
  status=$1
  [ "$status" = 0 ] || tail -n 15 "$folder/log" >&2
  [ "$after" = keep ] || rm -rf "$folder"
  exit "$status"
}
make() {
  ${make}
}
serve() {
  ${serve}
}
watched() {
  "$1" >>"$folder/log" 2>&1 3<&- &
  child=$!
  (
    read -r end <&3
    kill -"$2" "$child"
    left=80
    while [ "$left" -gt 0 ] && sleep 0.1; do left=$((left - 1)); done
    kill -${force} "$child"
  ) 2>/dev/null &
  watch=$!
  wait "$child"
  status=$?
  kill "$watch" 2>/dev/null
  return "$status"
}
# Data that is half made is of no use to anybody: no need to end in order.
watched make ${force} || finish 1
watched serve ${stop}
finish "$?"
`;

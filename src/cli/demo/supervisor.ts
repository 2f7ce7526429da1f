/**
 * The shell script that stands between this process and a PostgreSQL server, run as the server's user. Its standard
 * input is a pipe that we hold: when that closes, because we asked for it or because we were killed, the server is
 * stopped, and its temporary folder removed. Arguments: folder of the binaries, folder of the server, `remove` or `keep`.
 */
export const supervisor = `
native=$1 folder=$2 after=$3
exec 3<&0 </dev/null
umask 077
finish() {
  status=$1
  [ "$status" = 0 ] || tail -n 15 "$folder/log" >&2
  [ "$after" = keep ] || rm -rf "$folder"
  exit "$status"
}
if [ ! -f "$folder/data/PG_VERSION" ]; then
  "$native/bin/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" --auth=trust \\
    --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 3<&- || finish 1
  echo "include '$folder/settings.conf'" >>"$folder/data/postgresql.conf"
fi
rm -f "$folder/password"
"$native/bin/postgres" -D "$folder/data" >>"$folder/log" 2>&1 3<&- &
server=$!
(
  read -r end <&3
  kill -INT "$server"
  left=80
  while [ "$left" -gt 0 ] && sleep 0.1; do left=$((left - 1)); done
  kill -QUIT "$server"
) 2>/dev/null &
watch=$!
wait "$server"
status=$?
kill "$watch" 2>/dev/null
finish "$status"
`;

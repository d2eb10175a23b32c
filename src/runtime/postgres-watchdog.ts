import { type ChildProcess, spawn } from 'node:child_process';

/** What a watchdog watches over. */
export interface WatchedServer {
  /** The cluster's folder, with `users/`, `leaving/` and `data/`. */
  readonly root: string;
  /** Process id of the server. */
  readonly pid: number;
  /** Our entry in `users/`. */
  readonly userFile: string;
  /** Folder to be removed after the stop; empty for none. */
  readonly remove: string;
}

/**
 * Waits on a pipe that closes when we end, however we end; then does what our `stop` would have done: announce the
 * leave, look for other users, stop the server when there are none. A shell costs 1 MB where a Node costs 40.
 */
const SCRIPT = `
root=$1; pid=$2; user_file=$3; remove=$4
trap '' INT HUP TERM
if read -r word && [ "$word" = done ]; then exit 0; fi
rm -f "$user_file"
leaving="$root/leaving/$$.watchdog"
: > "$leaving"
for file in "$root"/users/*; do
  [ -e "$file" ] || continue
  name=\${file##*/}
  if kill -0 "\${name%%.*}" 2>/dev/null; then rm -f "$leaving"; exit 0; fi
done
is_running() { [ "$(head -n 1 "$root/data/postmaster.pid" 2>/dev/null)" = "$pid" ] && kill -0 "$pid" 2>/dev/null; }
is_running && kill -INT "$pid"
tries=0
while is_running && [ "$tries" -lt 150 ]; do sleep 0.1; tries=$((tries + 1)); done
is_running && kill -QUIT "$pid"
rm -f "$leaving"
if [ -n "$remove" ]; then sleep 0.2; rm -rf "$remove"; fi
`;

/** Starts the watchdog of one user of a server; it never keeps our process alive. */
export function startWatchdog(server: WatchedServer): ChildProcess {
  const args = [
    '-c',
    SCRIPT,
    'faxsync-postgres-watchdog',
    server.root,
    String(server.pid),
    server.userFile,
    server.remove,
  ];
  const child = spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  child.unref();
  if (child.stdin !== null && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return child;
}

/** Tells the watchdog that we have left in order; it ends without doing anything. */
export function endWatchdog(child: ChildProcess): void {
  child.stdin?.end('done\n');
}

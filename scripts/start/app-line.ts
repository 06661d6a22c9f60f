/** Fields of a service's log line that say nothing here, or are shown elsewhere in the line. */
const shownElsewhere = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err']);
const ofRequest = new Set(['method', 'url', 'status', 'durationMs']);

const levels = new Map([
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO'],
  [40, 'WARN'],
  [50, 'ERROR'],
  [60, 'FATAL'],
]);

/**
 * A line that a service printed, for a person to read: where it is one of its JSON log, the time,
 * the level, the message and the fields; an error's stack follows on lines of its own.
 */
export function readableLines(line: string): string[] {
  const entry = parse(line);
  if (!entry) return [line];
  const { level, time, msg, err, ...rest } = entry;
  if (typeof level !== 'number' || typeof time !== 'number') return [line];
  const isRequest = msg === 'request';
  const message = isRequest
    ? `${shown(rest['method'])} ${shown(rest['url'])} ${shown(rest['status'])} ${shown(rest['durationMs'])} ms`
    : printable(String(msg ?? ''));
  const fields = Object.entries(rest)
    .filter(([name]) => !shownElsewhere.has(name) && !(isRequest && ofRequest.has(name)))
    .map(([name, value]) => `${name}=${shown(value)}`);
  const name = levels.get(level) ?? String(level);
  return [
    [localTime(time), name.padEnd(5), message, ...fields].join(' '),
    ...stackOf(err).map((text) => `    ${printable(text.trim())}`),
  ];
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const json: unknown = JSON.parse(line);
    return typeof json === 'object' && json !== null ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}

function stackOf(err: unknown): string[] {
  const { stack } = (typeof err === 'object' && err !== null ? err : {}) as { stack?: unknown };
  return typeof stack === 'string' ? stack.split('\n') : [];
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return printable(JSON.stringify(value) ?? '');
  return /[\s"=]/.test(value) ? printable(JSON.stringify(value)) : printable(value);
}

// What others put into a log line must not steer the terminal.
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function localTime(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}

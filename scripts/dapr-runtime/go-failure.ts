import type { GoFailed } from './run-go.ts';

const shownLines = 12;

const networkFailure =
  /dial tcp|no such host|connection refused|connection reset|network is unreachable|i\/o timeout|TLS handshake|x509: |proxyconnect|server misbehaving|unexpected EOF|: EOF$|Client\.Timeout|deadline exceeded|\b50[234] (Bad Gateway|Service Unavailable|Gateway Time-?out)|stream error/i;

/** What stopped Go, as something a person can act on. `folder` keeps what was fetched, and `log`. */
export function explainGoFailure(error: GoFailed, folder: string, log: string): string {
  const { lines } = error;
  if (lines.some((line) => line.includes('no space left on device'))) return diskFull(folder);
  const network = lines.findLast((line) => networkFailure.test(line));
  if (network !== undefined) {
    return `Dapr's sources could not be fetched: ${reasonOf(network)}. Check the network, and GOPROXY where you have set it, then run this again: what was fetched is kept.`;
  }
  if (lines.some((line) => line.endsWith('signal: killed'))) {
    return 'The system killed the compiler while Dapr was built, most likely for want of memory. Free some memory, then run this again: what was compiled is kept.';
  }
  const last = lines.slice(-shownLines).map((line) => `  ${line}`);
  return [`Dapr could not be built: ${error.message}.`, ...last, `All of Go's output: ${log}`].join(
    '\n',
  );
}

export function diskFull(folder: string): string {
  return `The disk ran full while Dapr was built. Free some space, then run this again: what was fetched and compiled is kept in ${folder}, which can be deleted.`;
}

/** Go names the module first, then the request, then the cause: the request and the cause tell. */
function reasonOf(line: string): string {
  const request = line.search(/(Get|Post) "|dial tcp|proxyconnect/);
  return line.slice(Math.max(request, 0)).trim();
}

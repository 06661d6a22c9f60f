let last = 0;

/** An app id that nobody else on this network segment uses, so that mDNS finds only ours. */
export function uniqueAppId(role: string): string {
  last += 1;
  return `${role}-${process.pid}-${Date.now().toString(36)}-${last}`;
}

import type { Container } from '../pod-process.ts';

/** daprd's flags; one without a value has the empty one. */
export function argumentsOf({ args = [] }: Container): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const [index, text] of args.entries()) {
    if (!text.startsWith('--')) continue;
    const [name = '', value] = text.slice(2).split('=', 2);
    const next = args[index + 1] ?? '';
    flags[name] = value ?? (next.startsWith('--') ? '' : next);
  }
  return flags;
}

/** Whether an object's labels include all of a selector's; a selector without any selects nothing. */
export function matches(
  labels: Record<string, string> = {},
  selector: Record<string, string> = {},
): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

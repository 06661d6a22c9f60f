/** Whether version `actual` is `wanted` or newer; both as `1.26.6`, missing parts count as 0. */
export function isAtLeast(actual: string, wanted: string): boolean {
  const left = numbers(actual);
  const right = numbers(wanted);
  for (const index of [0, 1, 2]) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function numbers(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}

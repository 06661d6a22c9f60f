const iso8601 =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ]([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]([01]\d|2[0-3]):?[0-5]\d)?)?$/;

/**
 * Whether a text is a date or a date and time of ISO 8601. Without an offset it means UTC, which
 * JSON Schema's own `date-time` refuses and Python's `isoformat()` sends.
 */
export function isTimestamp(text: string): boolean {
  const [, year, month, day] = iso8601.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return date.getUTCDate() === Number(day);
}

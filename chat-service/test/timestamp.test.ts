import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTimestamp } from '../src/timestamp.ts';
import { postChat, share } from './build.ts';

const app = share();

const accepted = [
  '2025-04-06T12:00:00Z',
  '2025-04-06T12:00:00z',
  '2025-04-06t12:00:00Z',
  '2025-04-06 12:00:00Z',
  '2025-04-06T12:00:00+02:00',
  '2025-04-06T12:00:00-23:59',
  '2025-04-06T12:00:00+0200',
  // As Python's isoformat() writes them.
  '2025-04-06T12:00:00',
  '2025-04-06T12:00:00.123456',
  '2025-04-06T12:00:00.123456+00:00',
  '2025-04-06T12:00',
  '2025-04-06',
  '2025-04-06T00:00:00.1Z',
  '2025-04-06T23:59:59.999999999Z',
  '2024-02-29',
  '2000-02-29',
  '9999-12-31T23:59:59Z',
];

const refused = [
  '',
  ' ',
  'foo',
  '2025',
  '2025-04',
  '1744000000',
  '2025-13-01',
  '2025-00-01',
  '2025-01-00',
  '2025-01-32',
  '2025-02-29',
  '2025-02-30T12:00:00Z',
  '2025-04-31',
  '1900-02-29',
  '2025-04-06T24:00:00Z',
  '2025-04-06T25:00:00Z',
  '2025-04-06T12:60:00Z',
  '2025-04-06T12:00:60Z',
  '2025-04-06T12:00:00+24:00',
  '2025-04-06T12:00:00+02:60',
  '2025-04-06T12:00:00.Z',
  '2025-04-06T12:00:00.1234567890Z',
  '2025-04-06T',
  '2025-04-06T12',
  '2025-04-06T12:00:00 Z',
  '2025-04-06Z',
  '2025-4-6',
  '20250406',
  '06.04.2025',
  ' 2025-04-06',
  '2025-04-06\n',
  'Sun, 06 Apr 2025 12:00:00 GMT',
  '+002025-04-06',
  '\u0662\u0660\u0662\u0665-04-06',
];

describe('metadata.timestamp', () => {
  // Blank, so that a message that validates ends with 400.
  it.each(accepted)('may be %s', async (timestamp) => {
    expect((await postChat(app(), { text: '', metadata: { timestamp } })).statusCode).toBe(400);
  });

  it.each(refused)('may not be %j', async (timestamp) => {
    expect((await postChat(app(), { text: '', metadata: { timestamp } })).statusCode).toBe(422);
  });
});

describe('isTimestamp', () => {
  const twoDigits = (n: number) => String(n).padStart(2, '0');

  it('takes whatever Date writes', () => {
    const date = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (value) => {
        const text = value.toISOString();
        expect(isTimestamp(text)).toBe(true);
        expect(isTimestamp(text.slice(0, -1))).toBe(true);
        expect(isTimestamp(text.slice(0, 10))).toBe(true);
      }),
    );
  });

  it('takes a day where the calendar has it', () => {
    const nat = (max: number) => fc.integer({ min: 0, max });
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 9999 }), nat(13), nat(32), (year, month, day) => {
        const date = new Date(Date.UTC(year, month - 1, day));
        const exists =
          date.getUTCFullYear() === year &&
          date.getUTCMonth() === month - 1 &&
          date.getUTCDate() === day;
        expect(isTimestamp(`${year}-${twoDigits(month)}-${twoDigits(day)}`)).toBe(exists);
      }),
    );
  });

  it('takes a time where the clock has it', () => {
    const nat = fc.integer({ min: 0, max: 99 });
    fc.assert(
      fc.property(nat, nat, nat, (hour, minute, second) => {
        const time = [hour, minute, second].map(twoDigits).join(':');
        expect(isTimestamp(`2025-04-06T${time}Z`)).toBe(hour < 24 && minute < 60 && second < 60);
      }),
    );
  });

  it('takes no text in which a character is one too many', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...accepted),
        fc.constantFrom('x', ' ', '\n', '\u0000'),
        (text, extra) => {
          expect(isTimestamp(text + extra)).toBe(false);
          expect(isTimestamp(extra + text)).toBe(false);
        },
      ),
    );
  });
});

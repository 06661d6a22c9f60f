import { describe, expect, it } from 'vitest';
import { median, percentile, spread, summarise } from '../statistics.ts';

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([30, 1, 2])).toBe(2);
  });

  it('is half-way between the two middle values of an even number', () => {
    expect(median([4, 1, 10, 2])).toBe(3);
  });

  it('is no number where there are no values', () => {
    expect(median([])).toBeNaN();
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

it('gives the lowest and the highest value', () => {
  expect(spread([3, 1, 2])).toEqual({ min: 1, max: 3 });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0.5, 50],
    [0.9, 90],
    [0.99, 99],
    [0.999, 100],
    [1, 100],
  ])('%d of 100 values do not exceed the one of that rank', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('is always a value that was measured', () => {
    expect(percentile([1, 1000], 0.5)).toBe(1);
  });
});

it('summarises latencies in any order, comparing them as numbers', () => {
  expect(summarise([100, 9, 20])).toEqual({ p50: 20, p90: 100, p99: 100, p999: 100, max: 100 });
});

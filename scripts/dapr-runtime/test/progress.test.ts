import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgress } from '../progress.ts';
import { recordOutput } from './fakes.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('writes a line at each step and one every 30 s where there is no terminal', () => {
  const output = recordOutput();
  const progress = createProgress(output, [100, 400]);
  progress.show('fetching', '0/100 modules', 0);
  for (let second = 1; second <= 65; second += 1) {
    vi.advanceTimersByTime(1000);
    progress.show('fetching', `${second}/100 modules`, second);
  }
  progress.show('compiling', '0/9 packages', 100);
  progress.close();
  vi.advanceTimersByTime(120_000);
  expect(output.text().split('\n')).toEqual([
    'Building Dapr: fetching, 0/100 modules, 0 %, 0:00 so far, usually 6:40 to go',
    'Building Dapr: fetching, 29/100 modules, 7 %, 0:30 so far, about 6:13 to go',
    'Building Dapr: fetching, 59/100 modules, 14 %, 1:00 so far, about 5:42 to go',
    'Building Dapr: compiling, 0/9 packages, 25 %, 1:05 so far, usually 5:00 to go',
    '',
  ]);
});

test('guesses from the pace of this attempt in this phase, and never goes back', () => {
  const output = recordOutput();
  const progress = createProgress(output, [100, 400]);
  progress.show('fetching', '', 50);
  vi.advanceTimersByTime(100_000);
  progress.show('fetching more', '', 75);
  progress.show('compiling', '', 100);
  vi.advanceTimersByTime(20_000);
  progress.show('linking', '', 140);
  progress.show('again', '', 10);
  progress.close();
  const steps = output.text().match(/Dapr: (?!fetching,).*/g);
  expect(steps).toEqual([
    'Dapr: fetching more, 18 %, 1:40 so far, about 6:40 to go',
    'Dapr: compiling, 25 %, 1:40 so far, usually 5:00 to go',
    'Dapr: linking, 35 %, 2:00 so far, about 2:10 to go',
    'Dapr: again, 35 %, 2:00 so far, about 2:10 to go',
  ]);
});

test('keeps one line on a terminal, no wider than it, and clears it at the end', () => {
  const output = recordOutput({ columns: 60 });
  const progress = createProgress(output, [300]);
  progress.show('compiling daprd (1/4)', '0/2162 packages', 0);
  vi.advanceTimersByTime(200);
  progress.show('compiling daprd (1/4)', '1081/2162 packages', 150);
  progress.close();
  progress.close();
  expect(output.text().split('\r\x1b[2K')).toEqual([
    '',
    '[..........]   0 %  compiling daprd (1/4), 0/2162 packages,',
    '[#####.....]  50 %  compiling daprd (1/4), 1081/2162 packag',
    '',
  ]);
});

test('redraws the bar each second, and not more than five times a second', () => {
  const output = recordOutput({ columns: 80 });
  const progress = createProgress(output, [300]);
  for (let count = 0; count < 1000; count += 1) {
    progress.show('fetching', `${count}/1000 modules`, count / 10);
    vi.advanceTimersByTime(1);
  }
  const drawn = output.text().split('\r').length - 1;
  expect(drawn).toBe(5);
  vi.advanceTimersByTime(3_000);
  expect(output.text().split('\r').length - 1 - drawn).toBe(3);
  progress.close();
});

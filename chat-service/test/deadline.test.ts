import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDeadline } from '../src/deadline.ts';

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('aborts when its time is over, and says that it was the time', () => {
    const deadline = startDeadline(new AbortController().signal, 1000);
    vi.advanceTimersByTime(999);
    expect(deadline.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(deadline.signal.aborted).toBe(true);
    expect(deadline.expired()).toBe(true);
  });

  it("aborts with the caller, with the caller's reason", () => {
    const caller = new AbortController();
    const deadline = startDeadline(caller.signal, 1000);
    const reason = new Error('the client has gone');
    caller.abort(reason);
    expect(deadline.signal.reason).toBe(reason);
    expect(deadline.expired()).toBe(false);
  });

  it('is aborted from the start where the caller is', () => {
    expect(startDeadline(AbortSignal.abort(), 1000).signal.aborted).toBe(true);
  });

  it('leaves no timer and no listener when the work is done', () => {
    const caller = new AbortController();
    const deadline = startDeadline(caller.signal, 1000);
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
    caller.abort();
    expect(deadline.signal.aborted).toBe(false);
  });
});

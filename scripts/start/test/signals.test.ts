import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onStopSignals } from '../signals.ts';

describe('onStopSignals', () => {
  const onStop = vi.fn();
  const onForce = vi.fn();
  let source: EventEmitter;
  let output: EventEmitter;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    source = new EventEmitter();
    output = new EventEmitter();
    onStopSignals(source, [output], { onStop, onForce });
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.resetAllMocks();
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('stops on %s', (signal) => {
    source.emit(signal);
    expect(onStop).toHaveBeenCalledExactlyOnceWith(signal);
    expect(onForce).not.toHaveBeenCalled();
  });

  it('takes a signal that comes twice within 300 ms for one', () => {
    source.emit('SIGINT');
    vi.advanceTimersByTime(300);
    source.emit('SIGINT');
    expect(onStop).toHaveBeenCalledOnce();
    expect(onForce).not.toHaveBeenCalled();
  });

  it.each(['SIGINT', 'SIGTERM'])('is forced by a later %s', (signal) => {
    source.emit('SIGINT');
    vi.advanceTimersByTime(301);
    source.emit(signal);
    expect(onStop).toHaveBeenCalledOnce();
    expect(onForce).toHaveBeenCalledExactlyOnceWith(signal);
  });

  it('is not forced by a terminal that closes while it stops', () => {
    source.emit('SIGINT');
    vi.advanceTimersByTime(1_000);
    source.emit('SIGHUP');
    output.emit('error', new Error('EIO'));
    expect(onStop).toHaveBeenCalledOnce();
    expect(onForce).not.toHaveBeenCalled();
  });

  it('stops when nobody takes its output any more', () => {
    output.emit('error', new Error('EPIPE'));
    output.emit('error', new Error('EPIPE'));
    expect(onStop).toHaveBeenCalledExactlyOnceWith('SIGHUP');
  });
});

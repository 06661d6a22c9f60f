import { describe, expect, it } from 'vitest';
import { readConsoleLine, saysStopRequested, startedApp } from '../console.ts';

describe('readConsoleLine', () => {
  it.each([
    ['== APP - chat-service == {"level":30}', 'chat-service', '{"level":30}'],
    ['== APP - a == b == c', 'a', 'b == c'],
    ['== APP - a == ', 'a', ''],
    ['\u001b[94;1m== APP - a == red\u001b[0m', 'a', 'red'],
  ])('tells whose line %j is', (line, appId, text) => {
    expect(readConsoleLine(line)).toEqual({ from: 'app', appId, text });
  });

  it.each(['ℹ️  Validating config and starting app "a"', '', 'APP - a == b', '== APP == b'])(
    "takes %j for the CLI's own",
    (line) => {
      expect(readConsoleLine(line)).toEqual({ from: 'dapr', text: line });
    },
  );
});

describe('startedApp', () => {
  it('names the app that has been started', () => {
    const line = 'ℹ️  Started Dapr with app id "chat-service". HTTP Port: 3500. gRPC Port: 50021';
    expect(startedApp(line)).toBe('chat-service');
  });

  it('is undefined for another line', () => {
    expect(startedApp('ℹ️  Validating config and starting app "chat-service"')).toBeUndefined();
  });
});

describe('saysStopRequested', () => {
  it('knows the line with which the CLI heeds a signal', () => {
    const line =
      'ℹ️  Received signal to stop Dapr and app processes. Shutting down Dapr and app processes.';
    expect(saysStopRequested(line)).toBe(true);
    expect(saysStopRequested('❌  The daprd process exited with error code: 1')).toBe(false);
  });
});

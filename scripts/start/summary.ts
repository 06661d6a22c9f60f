import { logFolder } from './logs.ts';
import { displayName, type MultiAppFile } from './multi-app-file.ts';

/** What to read and try once everything is ready. */
export function readySummary(
  file: MultiAppFile,
  { seconds, stopCommand }: { seconds: number; stopCommand: string },
): string {
  const width = Math.max(...file.apps.map(({ id }) => id.length));
  const pages = file.apps.map(
    ({ id, ports }) => `  ${id.padEnd(width)}  http://localhost:${ports.appPort}/docs`,
  );
  const chat = file.apps.find(({ id }) => id === 'chat-service');
  const body = '{"user_id":"alice","text":"Hello"}';
  const curl =
    chat === undefined
      ? []
      : [
          '',
          'Try it:',
          `  curl -s http://localhost:${chat.ports.appPort}/chat/ -H 'content-type: application/json' -d '${body}'`,
        ];
  const logs = file.apps.map((app) => displayName(logFolder(app))).join(', ');
  return [
    '',
    `Ready after ${seconds.toFixed(1)} s.`,
    '',
    ...pages,
    ...curl,
    '',
    `Logs: ${logs}`,
    `Stop: Ctrl-C here, or elsewhere: ${stopCommand}`,
    '',
  ].join('\n');
}

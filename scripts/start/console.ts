import { stripVTControlCharacters } from 'node:util';

/** A line that `dapr run -f` prints: an app's own, or the CLI's about its work. */
export type ConsoleLine =
  | { from: 'app'; appId: string; text: string }
  | { from: 'dapr'; text: string };

/** Reads one line of the console of `dapr run -f`. */
export function readConsoleLine(line: string): ConsoleLine {
  const text = stripVTControlCharacters(line);
  const app = /^== APP - (.+?) == (.*)$/.exec(text);
  if (app?.[1] === undefined || app[2] === undefined) return { from: 'dapr', text };
  return { from: 'app', appId: app[1], text: app[2] };
}

/** The app whose start the CLI has finished with, if that is what the line says. */
export function startedApp(text: string): string | undefined {
  return /Started Dapr with app id "(.+?)"/.exec(text)?.[1];
}

/** Whether the line says that the CLI was asked to stop, by a signal or by `dapr stop`. */
export function saysStopRequested(text: string): boolean {
  return text.includes('Received signal to stop Dapr');
}

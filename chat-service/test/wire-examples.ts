import { readFileSync } from 'node:fs';

interface UserIds {
  accepted: string[];
  rejected: string[];
}

interface SidecarAnswerExample {
  situation: string;
  status: number;
  contentType: string;
  body: string;
  outcome: { count: number; reason?: never } | { count?: never; reason: string };
}

/** Read by the suites of both services, so that their schemas cannot drift apart. */
export const userIds: UserIds = read('user-ids.json');

/** What daprd answers; the live tests compare them with the real thing. */
export const sidecarAnswerExamples: SidecarAnswerExample[] = read('sidecar-answers.json');

// No JSON import: Vite's parser refuses the lone surrogates among the ids.
function read(file: string) {
  const url = new URL(`../../scripts/wire-examples/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

import path from 'node:path';
import { expect, it } from 'vitest';
import { readMultiAppFile } from '../multi-app-file.ts';
import type { Section } from '../multi-app-syntax.ts';
import { DEFAULT_FILE, SECURE_FILE } from '../options.ts';

/** A file's content with absolute paths, and without its Configurations. */
function comparable(location: string) {
  const file = readMultiAppFile(location);
  const { common, ...content } = file.content;
  const { configFilePath: _, resourcesPaths, ...shared } = common as Section;
  return {
    ...content,
    common: {
      ...shared,
      resourcesPaths: (resourcesPaths as string[]).map((text) =>
        path.resolve(path.dirname(file.path), text),
      ),
    },
    apps: (content['apps'] as Section[]).map(({ configFilePath: __, ...section }, index) => ({
      ...section,
      appDirPath: file.apps[index]?.directory,
    })),
  };
}

it('runs the same services on the same ports with --secure, and only its Configurations differ', () => {
  expect(comparable(SECURE_FILE)).toEqual(comparable(DEFAULT_FILE));
});

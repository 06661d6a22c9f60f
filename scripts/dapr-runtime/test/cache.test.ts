import { homedir } from 'node:os';
import { expect, test } from 'vitest';
import { cacheFolder } from '../cache.ts';

test.each([
  [{ XDG_CACHE_HOME: '/caches', HOME: '/home/a' }, '/caches/dapr-service-invocation'],
  [{ XDG_CACHE_HOME: 'relative', HOME: '/home/a' }, '/home/a/.cache/dapr-service-invocation'],
  [{ XDG_CACHE_HOME: '', HOME: '/home/a' }, '/home/a/.cache/dapr-service-invocation'],
  [{}, `${homedir()}/.cache/dapr-service-invocation`],
])('with %j the cache is %s', (env, folder) => {
  expect(cacheFolder(env)).toBe(folder);
});

import closeWithGrace from 'close-with-grace';
import { buildApp } from './app.ts';
import { readConfig } from './config.ts';

try {
  const config = readConfig(process.env);
  const app = await buildApp(config);
  closeWithGrace({ delay: config.shutdownTimeoutMs, logger: app.log }, async ({ err }) => {
    if (err) app.log.fatal({ err }, 'stopping: an error nobody handled');
    // Stops accepting, and waits for the requests in flight.
    await app.close();
  });
  await app.listen({ port: config.port, host: config.host });
} catch (error) {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const hint =
    code === 'EADDRINUSE'
      ? ': stop the process that listens there, or set APP_PORT'
      : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
        ? ': set HOST to an address of this machine'
        : '';
  console.error(
    `chat-service cannot start: ${error instanceof Error ? error.message : error}${hint}`,
  );
  process.exit(1);
}

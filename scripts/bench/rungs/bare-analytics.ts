import { createServer } from 'node:http';
import { messageCountOf } from '../../../analytics-service/src/message-counts.ts';

// What analytics-service is measured against: its one answer, with nothing around it.

const server = createServer(({ url = '' }, response) => {
  const [, route, userId = ''] = url.split('/');
  const message_count = messageCountOf(decodeURIComponent(userId));
  const [status, answer] =
    route === 'health'
      ? [200, { status: 'healthy' }]
      : message_count === undefined
        ? [404, { detail: 'User not found' }]
        : [200, { message_count }];
  const body = JSON.stringify(answer);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
    .end(body);
});
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env['APP_PORT']), '127.0.0.1');

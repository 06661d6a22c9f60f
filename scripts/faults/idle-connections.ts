import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Connections that are open and send nothing. */
export interface IdleConnections {
  /** Those that the other side has not closed yet. */
  open(): number;
  close(): void;
}

/** Opens so many connections to a port of loopback. Rejects where one is refused. */
export async function openIdleConnections(port: number, count: number): Promise<IdleConnections> {
  const sockets: Socket[] = [];
  const close = () => {
    for (const socket of sockets) socket.destroy();
  };
  try {
    // In portions, since a server's backlog is 511.
    while (sockets.length < count) {
      const portion = Array.from({ length: Math.min(100, count - sockets.length) }, () =>
        connect(port, '127.0.0.1'),
      );
      sockets.push(...portion);
      await Promise.all(portion.map((socket) => once(socket, 'connect')));
    }
  } catch (error) {
    close();
    throw error;
  }
  for (const socket of sockets) socket.on('error', () => {}).resume();
  return { open: () => sockets.filter(({ closed }) => !closed).length, close };
}

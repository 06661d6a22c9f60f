import { expect, test } from 'vitest';
import { explainGoFailure } from '../go-failure.ts';
import { GoFailed } from '../run-go.ts';

const explain = (...lines: string[]) =>
  explainGoFailure(
    new GoFailed('Go ended with exit code 1', lines),
    '/cache/x.build',
    '/cache/log',
  );

test.each([
  [
    'go: example.com/m@v1: Get "https://proxy.example/m": dial tcp 192.0.2.1:443: connect: connection refused',
    'Get "https://proxy.example/m": dial tcp 192.0.2.1:443: connect: connection refused',
  ],
  [
    'go: example.com/m@v1: reading https://proxy.example/m.zip: 502 Bad Gateway',
    'go: example.com/m@v1: reading https://proxy.example/m.zip: 502 Bad Gateway',
  ],
  [
    'go: download go1.26.6: golang.org/toolchain@v0: Get "https://proxy.example/t": net/http: TLS handshake timeout',
    'Get "https://proxy.example/t": net/http: TLS handshake timeout',
  ],
  [
    'go: example.com/m@v1: Get "https://proxy.example/m": read tcp 10.0.0.1:1->192.0.2.1:443: read: connection reset by peer',
    'Get "https://proxy.example/m": read tcp 10.0.0.1:1->192.0.2.1:443: read: connection reset by peer',
  ],
  [
    'go: example.com/m@v1: Get "https://proxy.example/m": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'Get "https://proxy.example/m": tls: failed to verify certificate: x509: certificate signed by unknown authority',
  ],
])('recognises a network that does not answer: %s', (line, reason) => {
  expect(explain('go: downloading example.com/m v1', line, '')).toBe(
    `Dapr's sources could not be fetched: ${reason}. Check the network, and GOPROXY where you have set it, then run this again: what was fetched is kept.`,
  );
});

test('recognises a disk that ran full, whatever followed from it', () => {
  const text = explain('write /cache/x: no space left on device', 'unexpected EOF');
  expect(text).toMatch(/^The disk ran full .* kept in \/cache\/x\.build, which can be deleted\.$/);
});

test('recognises a compiler that the system killed', () => {
  expect(explain('k8s.io/api: /go/compile: signal: killed')).toMatch(
    /^The system killed .* memory/,
  );
});

test('shows a refused checksum as Go words it', () => {
  const text = explain('verifying example.com/m@v1: checksum mismatch', 'SECURITY ERROR');
  expect(text.split('\n')).toEqual([
    'Dapr could not be built: Go ended with exit code 1.',
    '  verifying example.com/m@v1: checksum mismatch',
    '  SECURITY ERROR',
    "All of Go's output: /cache/log",
  ]);
});

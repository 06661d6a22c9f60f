import Schema from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { share } from './build.ts';
import { modelReplies, playUpstreams, sidecarAnswers } from './upstreams.ts';

playUpstreams();
const app = share();

type JsonSchema = Record<string, unknown>;

interface Operation {
  summary?: string;
  parameters?: { name: string; in: string; example?: string; schema: JsonSchema }[];
  requestBody?: { content: Record<string, { example?: unknown; schema: JsonSchema }> };
  responses: Record<string, { content: Record<string, { schema: JsonSchema }> }>;
}

interface OpenApi {
  openapi: string;
  info: unknown;
  paths: Record<string, Record<string, Operation>>;
}

const document = async (): Promise<OpenApi> => (await app().inject('/openapi.json')).json();

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document of this service', async () => {
    const response = await app().inject('/openapi.json');
    expect(response.headers['content-type']).toMatch(/^application\/json\b/);
    const { openapi, info } = response.json();
    expect(openapi).toMatch(/^3\.1\.\d+$/);
    expect(info).toEqual({ title: 'DACA Chat Service', version: '0.1.0' });
  });

  it('describes each route once, with what it answers', async () => {
    const { paths } = await document();
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [
        `${method} ${path}`,
        Object.keys(responses),
      ]),
    );
    expect(Object.fromEntries(operations)).toEqual({
      'get /': ['200'],
      'get /health': ['200'],
      'get /users/{user_id}': ['200', '422'],
      'post /chat/': ['200', '400', '413', '415', '422', '429', '502', '503', '504'],
    });
    for (const operation of Object.values(paths).flatMap(Object.values)) {
      expect(operation.summary).toBeTruthy();
    }
  });

  it('has an example, which its schema accepts, for each input', async () => {
    const operations = Object.values((await document()).paths).flatMap(Object.values);
    const inputs = operations.flatMap(({ parameters = [], requestBody }: Operation) => [
      ...parameters,
      ...Object.values(requestBody?.content ?? {}),
    ]);
    expect(inputs).toHaveLength(3);
    for (const { schema, example } of inputs) {
      expect(example).toBeDefined();
      expect(Schema.Errors(schema, example)).toEqual([true, []]);
    }
  });

  it('has examples of the tutorial that work when one clicks "Execute"', async () => {
    const { paths } = await document();
    sidecarAnswers(200, '{"message_count":5}');
    modelReplies();
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { parameters = [], requestBody, responses }] of Object.entries(methods)) {
        const at = (place: string) => parameters.filter((parameter) => parameter.in === place);
        const url = at('path').reduce(
          (text, { name, example = '' }) => text.replace(`{${name}}`, example),
          path,
        );
        const query = Object.fromEntries(
          at('query').map(({ name, example = '' }) => [name, example]),
        );
        const payload = requestBody?.content['application/json']?.example as object | undefined;
        const response = await app().inject({
          method: method === 'post' ? 'POST' : 'GET',
          url,
          query,
          ...(payload && { payload }),
        });
        expect([url, response.statusCode]).toEqual([url, 200]);
        const schema = responses['200']?.content['application/json']?.schema ?? {};
        expect(Schema.Errors(schema, response.json())).toEqual([true, []]);
      }
    }
  });

  it('describes the errors as they are', async () => {
    const { paths } = await document();
    const { responses } = paths['/chat/']?.['post'] ?? { responses: {} };
    for (const payload of [{}, { user_id: 'alice', text: '' }, { tags: [5] }]) {
      const response = await app().inject({ method: 'POST', url: '/chat/', payload });
      const schema = responses[response.statusCode]?.content['application/json']?.schema;
      expect(Schema.Errors(schema ?? false, response.json())).toEqual([true, []]);
    }
  });
});

describe('GET /docs', () => {
  it('is Swagger UI, whole and from this service alone', async () => {
    const page = await app().inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html\b/);
    expect(page.body).toContain('Swagger UI');
    const links = [...page.body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\/static\//);
      expect([link, (await app().inject(link)).statusCode]).toEqual([link, 200]);
    }
  });

  it('has every call open for trying, and reads the same document', async () => {
    const { body } = await app().inject('/docs/static/swagger-initializer.js');
    expect(body).toContain('"tryItOutEnabled":true');
    expect(body).toContain("resolveUrl('./json')");
    expect((await app().inject('/docs/json')).json()).toEqual(await document());
  });

  it('takes scripts from this service only, and goes into no frame', async () => {
    const { headers } = await app().inject('/docs');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src/);
  });
});

describe('every answer', () => {
  it.each(['/', '/docs', '/openapi.json', '/nosuch'])(
    'of %s is what its type says',
    async (url) => {
      const { headers } = await app().inject(url);
      expect(headers['x-content-type-options']).toBe('nosniff');
    },
  );
});

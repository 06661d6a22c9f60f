import Schema from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { share } from './build.ts';

const app = share();

interface Parameter {
  name: string;
  example: string;
  schema: Record<string, unknown>;
}

describe('GET /openapi.json', () => {
  it('is an OpenAPI 3.1 document of this service', async () => {
    const { openapi, info, paths } = (await app().inject('/openapi.json')).json();
    expect(openapi).toMatch(/^3\.1\.\d+$/);
    expect(info).toEqual({ title: 'DACA Analytics Service', version: '0.1.0' });
    expect(Object.keys(paths)).toEqual(['/', '/health', '/analytics/{user_id}']);
    for (const path of Object.values<Record<string, { summary: string }>>(paths)) {
      expect(Object.keys(path)).toEqual(['get']);
      expect(path['get']?.summary).toBeTruthy();
    }
  });

  it('has an example that works when one clicks "Execute"', async () => {
    const { paths } = (await app().inject('/openapi.json')).json();
    const { parameters, responses } = paths['/analytics/{user_id}'].get;
    expect(parameters.map(({ name, example }: Parameter) => [name, example])).toEqual([
      ['user_id', 'alice'],
    ]);
    expect(Schema.Errors(parameters[0].schema, 'alice')).toEqual([true, []]);
    for (const [user, status] of [
      ['alice', 200],
      ['nobody', 404],
      ['a%2Fb', 422],
    ] as const) {
      const response = await app().inject(`/analytics/${user}`);
      expect(response.statusCode).toBe(status);
      const { schema } = responses[status].content['application/json'];
      expect(Schema.Errors(schema, response.json())).toEqual([true, []]);
    }
  });
});

describe('GET /docs', () => {
  it('is Swagger UI, whole and from this service alone', async () => {
    const page = await app().inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-type']).toMatch(/^text\/html\b/);
    const links = [...page.body.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      expect(link).toMatch(/^\/docs\/static\//);
      expect([link, (await app().inject(link)).statusCode]).toEqual([link, 200]);
    }
    const { body } = await app().inject('/docs/static/swagger-initializer.js');
    expect(body).toContain('"tryItOutEnabled":true');
    const documents = await Promise.all(
      ['/docs/json', '/openapi.json'].map((url) => app().inject(url)),
    );
    expect(documents[0]?.json()).toEqual(documents[1]?.json());
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

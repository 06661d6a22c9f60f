import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';

/** Swagger UI at /docs and the OpenAPI 3.1 document at /openapi.json. Call it before the routes. */
export async function serveDocs(app: FastifyInstance, title: string): Promise<void> {
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title, version: '0.1.0' } },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { tryItOutEnabled: true },
    // The page is all there is to protect from scripts and frames: the rest is JSON. Scripts only
    // from here, and no frame around it. Swagger UI styles its elements inline.
    staticCSP: {
      'default-src': "'self'",
      'style-src': ["'self'", "'unsafe-inline'"],
      'img-src': ["'self'", 'data:'],
      'object-src': "'none'",
      'base-uri': "'self'",
      'frame-ancestors': "'none'",
    },
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
}

import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import type { ModelConfig, SidecarConfig, TraceExport } from './config.ts';
import type { MessageCount } from './message-count.ts';
import type { ModelCall } from './model-call.ts';
import { createTracing, type Tracing } from './tracing.ts';

export interface ChatTracing extends Tracing {
  /**
   * Traces an invocation of analytics.
   * @param invoke gets the traceparent that is to go out with it
   */
  invocation(
    request: FastifyRequest,
    invoke: (traceparent: string | undefined) => Promise<MessageCount>,
  ): Promise<MessageCount>;
  /** Adds a call of the model, which has ended. */
  modelCall(request: FastifyRequest, call: ModelCall): void;
}

/** Traces chats: the request, the call through the sidecar and those of the model. */
export function createChatTracing(
  exportTo: TraceExport,
  { sidecar, model }: { sidecar: SidecarConfig; model: ModelConfig },
): ChatTracing {
  const tracing = createTracing('chat-service', exportTo);
  const { tracer, contextOf } = tracing;
  const modelAttributes = describeModel(model);

  return {
    ...tracing,

    async invocation(request, invoke) {
      const span = tracer.startSpan(
        `invoke ${sidecar.appId}`,
        {
          kind: SpanKind.CLIENT,
          attributes: {
            'http.request.method': 'GET',
            'peer.service': sidecar.appId,
            'server.address': '127.0.0.1',
            'server.port': sidecar.httpPort,
          },
        },
        contextOf(request),
      );
      const { traceId, spanId, traceFlags } = span.spanContext();
      let failure: string | undefined = 'client-gone';
      try {
        const count = await invoke(`00-${traceId}-${spanId}-0${traceFlags}`);
        failure = count.reason;
        return count;
      } finally {
        if (failure !== undefined) {
          span.setAttribute('error.type', failure);
          // That nobody knows a user is no fault.
          if (failure !== 'user-unknown') span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      }
    },

    modelCall(request, { startedAt, outcome, completion }) {
      const span = tracer.startSpan(
        `chat ${model.name}`,
        { kind: SpanKind.CLIENT, startTime: startedAt, attributes: modelAttributes },
        contextOf(request),
      );
      if (completion) {
        span.setAttributes({
          'gen_ai.response.model': completion.model,
          'gen_ai.response.finish_reasons': [completion.finishReason],
          'gen_ai.usage.input_tokens': completion.inputTokens,
          'gen_ai.usage.output_tokens': completion.outputTokens,
        });
      }
      if (outcome !== 'ok') {
        span.setAttribute('error.type', outcome);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/#inference; never a prompt or a reply. */
function describeModel({ name, baseUrl, maxOutputTokens }: ModelConfig): Attributes {
  const { hostname, port, protocol } = new URL(baseUrl);
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name':
      hostname === 'generativelanguage.googleapis.com' ? 'gcp.gemini' : 'openai',
    'gen_ai.request.model': name,
    'gen_ai.request.max_tokens': maxOutputTokens,
    'server.address': hostname,
    'server.port': port ? Number(port) : protocol === 'https:' ? 443 : 80,
  };
}

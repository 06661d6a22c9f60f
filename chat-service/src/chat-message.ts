import Type from 'typebox';
import { UserId } from './user-id.ts';

/** The body of `POST /chat/`. */
export const ChatRequest = Type.Object(
  {
    user_id: UserId,
    text: Type.String({ maxLength: 16_000 }),
    metadata: Type.Optional(
      Type.Union([
        Type.Object({
          timestamp: Type.Optional(
            Type.String({
              format: 'date-time',
              description: 'ISO 8601; without an offset, UTC',
            }),
          ),
          session_id: Type.Optional(Type.String({ maxLength: 128 })),
        }),
        Type.Null(),
      ]),
    ),
    tags: Type.Optional(
      Type.Union([Type.Array(Type.String({ maxLength: 64 }), { maxItems: 32 }), Type.Null()]),
    ),
  },
  {
    examples: [
      {
        user_id: 'alice',
        text: 'Hello, how are you?',
        metadata: {
          timestamp: '2025-04-06T12:00:00Z',
          session_id: '123e4567-e89b-12d3-a456-426614174000',
        },
        tags: ['greeting'],
      },
    ],
  },
);

/** The body of its answer. */
export const ChatResponse = Type.Object({
  user_id: Type.String(),
  reply: Type.String(),
  metadata: Type.Object({
    timestamp: Type.String({
      description: 'When the reply was made; ISO 8601, UTC',
    }),
    session_id: Type.String({ description: "The request's, else a new UUID" }),
  }),
});

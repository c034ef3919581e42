import type { Message, MessageSchema } from './types';

/**
 * A message of a socket: a JSON object that its `type` names.
 * @param required names of the properties that are always there. Optional; defaults to all.
 */
export function typedMessage(
  type: string,
  summary: string,
  properties: Record<string, MessageSchema> = {},
  required: readonly string[] = Object.keys(properties),
): Message {
  return {
    name: type,
    title: type,
    summary,
    payload: {
      type: 'object',
      properties: { type: { type: 'string', const: type }, ...properties },
      required: ['type', ...required],
    },
  };
}

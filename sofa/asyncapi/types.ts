/** The part of AsyncAPI 3.1 that the document uses. */
import type { Reference, Schema } from '../openapi/types';

/** A schema of a message: JSON Schema, with the name of the graph's type that it describes. */
export interface MessageSchema extends Omit<Schema, 'properties' | 'items' | 'anyOf'> {
  title?: string;
  const?: unknown;
  properties?: Record<string, MessageSchema>;
  items?: MessageSchema;
  anyOf?: readonly MessageSchema[];
  allOf?: readonly MessageSchema[];
}

export interface Message {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly payload: MessageSchema;
  readonly examples?: readonly { readonly payload: object }[];
}

export interface Channel {
  readonly address: string;
  readonly title: string;
  readonly description: string;
  readonly messages: Readonly<Record<string, Reference>>;
  readonly bindings: { readonly ws: Readonly<Record<string, unknown>> };
}

/** An act of the server: it receives a message, and replies, or sends messages by itself. */
export interface Operation {
  readonly action: 'receive' | 'send';
  readonly channel: Reference;
  readonly title: string;
  readonly description: string;
  readonly security?: readonly Reference[];
  readonly messages: readonly Reference[];
  readonly reply?: { readonly channel: Reference; readonly messages: readonly Reference[] };
  /** The permissions: one scope of each set. */
  readonly 'x-required-scopes'?: readonly { readonly anyOf: readonly string[] }[];
}

/** A channel with its operations, and the components that they refer to. */
export interface Socket {
  readonly channel: Channel;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly messages: Readonly<Record<string, Message>>;
  readonly schemas: Readonly<Record<string, MessageSchema>>;
}

export interface AsyncApiDocument {
  readonly asyncapi: '3.1.0';
  readonly info: Readonly<Record<string, unknown>>;
  readonly defaultContentType: string;
  readonly servers: Readonly<Record<string, object>>;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<string, object>>;
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, MessageSchema>>;
  };
}

export function messageRef(name: string): Reference {
  return { $ref: `#/components/messages/${name}` };
}

/** The references of an operation are to messages of its channel. */
export function channelRef(channel: string, message?: string): Reference {
  return { $ref: `#/channels/${channel}${message === undefined ? '' : `/messages/${message}`}` };
}

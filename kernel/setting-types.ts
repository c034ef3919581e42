/** Types of settings, each read from the text of an environment variable. */
import { z } from 'zod';
import { readPageNames } from './page-names.rules';
import { parseRedisAddress } from './redis/redis-address.rules';

/** Makes a type of a function; the message of the error that it throws is shown to the operator. */
const readBy =
  <From, To>(read: (text: From) => To) =>
  (text: From, context: { addIssue: (message: string) => void }): To => {
    try {
      return read(text);
    } catch (error) {
      context.addIssue((error as Error).message);
      return z.NEVER;
    }
  };

export const flag = z.stringbool();
export const count = z.coerce.number().int().nonnegative();
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
);
export const pageNames = list.transform(readBy(readPageNames));
export const redisUrl = z.string().transform(readBy(parseRedisAddress));
export const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' });

import { storableText, textError } from '#kernel/texts.rules';
import { InputError } from '../problem';

/** A client's file name, valid for storage. @throws InputError 422 for an invalid name. */
export function storableFilename(filename: string): string {
  const fault = textError('filename', filename);
  if (fault)
    throw new InputError('VALIDATION_FAILED', `filename: ${fault.message}`, {
      errors: [{ field: 'filename', ...fault }],
    });
  return storableText('filename', filename);
}

import { storableText, textFault } from '#kernel/texts.rules';
import { InputError } from '../problem';

/** The name that a client gave a file, as it may be stored. @throws InputError 422 for a name that cannot be. */
export function storableFilename(filename: string): string {
  const fault = textFault('filename', filename);
  if (fault)
    throw new InputError('VALIDATION_FAILED', `filename: ${fault.message}`, {
      errors: [{ field: 'filename', ...fault }],
    });
  return storableText('filename', filename);
}

/** Translations as XLIFF 1.2 (OASIS), which translators' programs read and write. Pure. */
import type { XmlFormat } from '#kernel/import/xml-file';

/** A text of the file. */
export interface XliffUnit {
  readonly entityId: string;
  readonly field: string;
  readonly source: string;
  readonly value: string | null;
  readonly outdated: boolean;
}

/** The languages and the texts of a file. */
export interface XliffFile {
  readonly entity: string;
  readonly sourceLanguage: string;
  readonly targetLanguage: string;
  readonly units: readonly XliffUnit[];
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text in XML. Characters that XML cannot carry are omitted. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!)
    .replaceAll('\r', '&#13;');
}

/** Writes a file. The id of a unit is the row's id and the field. */
export function toXliff({ entity, sourceLanguage, targetLanguage, units }: XliffFile): string {
  const body = units.map(({ entityId, field, source, value, outdated }) => {
    const state = outdated ? 'needs-translation' : 'translated';
    const target = value === null ? '' : `<target state="${state}">${escaped(value)}</target>`;
    return `      <trans-unit id="${entityId}.${escaped(field)}"><source>${escaped(source)}</source>${target}</trans-unit>\n`;
  });
  const attributes = `original="${escaped(entity)}" source-language="${escaped(sourceLanguage)}" target-language="${escaped(targetLanguage)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">
  <file ${attributes} datatype="plaintext">
    <body>
${body.join('')}    </body>
  </file>
</xliff>
`;
}

/** Reads a file: a row for each unit. Inline elements are read as their text. */
export const XLIFF: XmlFormat = {
  name: 'xliff',
  root: 'xliff',
  header: ['entity', 'entityId', 'field', 'language', 'value'],
  reader(emit) {
    let entity = '';
    let language = '';
    let id = '';
    let target = '';
    let inTarget = false;
    let inSuggestion = false;
    let row = 0;
    return {
      open(name, attributes) {
        if (name === 'file')
          [entity, language] = [attributes.original ?? '', attributes['target-language'] ?? ''];
        if (name === 'trans-unit') [id, target] = [attributes.id ?? '', ''];
        // Suggestions of a translation memory are not the translation.
        if (name === 'alt-trans') inSuggestion = true;
        if (name === 'target') inTarget = !inSuggestion;
      },
      text(text) {
        if (inTarget) target += text;
      },
      close(name) {
        if (name === 'target') inTarget = false;
        if (name === 'alt-trans') inSuggestion = false;
        if (name !== 'trans-unit') return;
        row += 1;
        const at = id.lastIndexOf('.');
        const [entityId, field] = at < 0 ? [id, ''] : [id.slice(0, at), id.slice(at + 1)];
        emit({ row, cells: [entity, entityId, field, language, target] });
      },
    };
  },
};

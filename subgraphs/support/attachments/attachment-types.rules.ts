/** The permitted types of attachments, by their bytes, and the names under which they are stored. Pure. */
import { isUtf8 } from 'node:buffer';
import { cleanName } from '#kernel/clean-text.rules';
import { sniffImage, type ImageKind } from '#kernel/sniff-image.rules';

interface AttachmentType {
  readonly contentType: string;
  /** Permitted extensions; the first one is added to a name without any of them. */
  readonly extensions: readonly string[];
}

const IMAGES: Readonly<Record<ImageKind, AttachmentType>> = {
  jpeg: { contentType: 'image/jpeg', extensions: ['jpg', 'jpeg'] },
  png: { contentType: 'image/png', extensions: ['png'] },
  webp: { contentType: 'image/webp', extensions: ['webp'] },
  gif: { contentType: 'image/gif', extensions: ['gif'] },
  heif: { contentType: 'image/avif', extensions: ['avif'] },
};
const PDF: AttachmentType = { contentType: 'application/pdf', extensions: ['pdf'] };
const TEXT: AttachmentType = {
  contentType: 'text/plain; charset=utf-8',
  extensions: ['txt', 'csv', 'log', 'md'],
};

const OOXML = 'application/vnd.openxmlformats-officedocument';
/** Office documents are ZIP archives: a part that only one kind has, by its name in the archive, which is not compressed. */
const OFFICE: readonly (readonly [part: string, type: AttachmentType])[] = [
  ['word/document.xml', { contentType: `${OOXML}.wordprocessingml.document`, extensions: ['docx'] }],
  ['xl/workbook.xml', { contentType: `${OOXML}.spreadsheetml.sheet`, extensions: ['xlsx'] }],
  ['ppt/presentation.xml', { contentType: `${OOXML}.presentationml.presentation`, extensions: ['pptx'] }],
  ['mimetypeapplication/vnd.oasis.opendocument.text', openDocument('text', 'odt')],
  ['mimetypeapplication/vnd.oasis.opendocument.spreadsheet', openDocument('spreadsheet', 'ods')],
];

function openDocument(kind: string, extension: string): AttachmentType {
  return { contentType: `application/vnd.oasis.opendocument.${kind}`, extensions: [extension] };
}

/** Parts of documents that can run programs. */
const MACROS = ['vbaProject.bin', 'Basic/script-lc.xml', 'activeX/activeX'];

/** The type of a file by its bytes; undefined for one that is not permitted. Pages and scripts are plain text here. */
export function attachmentType(bytes: Buffer): AttachmentType | undefined {
  const image = sniffImage(bytes);
  if (image) return IMAGES[image];
  if (bytes.toString('latin1', 0, 5) === '%PDF-') return PDF;
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04') return officeType(bytes);
  return isPlainText(bytes) ? TEXT : undefined;
}

function officeType(bytes: Buffer): AttachmentType | undefined {
  if (MACROS.some((part) => bytes.includes(part))) return undefined;
  return OFFICE.find(([part]) => bytes.includes(part))?.[1];
}

const CONTROL_BUT_LINES = /[^\P{Cc}\n\r\t\f]/u;

function isPlainText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !CONTROL_BUT_LINES.test(bytes.toString('utf8'));
}

const MAX_NAME = 150;
/** Characters that cannot be seen, or that reverse the order of others, so that an extension looks like another one. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** The name under which a file is stored: without folders and hidden characters, and with an extension of its type. */
export function attachmentName(name: string, { extensions }: AttachmentType): string {
  const last = name.split(/[/\\]/).at(-1)!;
  const clean = cleanName(last.replace(HIDDEN, '').replace(/["<>:|?*]/g, '_')).replace(/^\.+/, '');
  const cut = [...clean];
  const extension = /\.([a-z0-9]{1,8})$/i.exec(clean)?.[1]?.toLowerCase();
  if (extension !== undefined && extensions.includes(extension)) {
    const stem = cut
      .slice(0, -extension.length - 1)
      .slice(0, MAX_NAME)
      .join('');
    return `${stem || 'attachment'}.${extension}`;
  }
  return `${cut.slice(0, MAX_NAME).join('') || 'attachment'}.${extensions[0]}`;
}

/** Types of attachments by their bytes, and the names under which they are stored. */
import { attachmentName, attachmentType } from '#subgraphs/support/attachments/attachment-types.rules';

const typeOf = (bytes: string | Buffer) =>
  attachmentType(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)?.extensions[0];

it('permits images, PDF, plain texts and office documents, by their bytes', () => {
  const archive = (...parts: string[]) => `PK\x03\x04${parts.join('PK\x03\x04')}`;
  const files: [string | Buffer, string][] = [
    ['\xff\xd8\xff\xe0', 'jpg'],
    ['\x89PNG\r\n\x1a\n', 'png'],
    ['%PDF-1.7', 'pdf'],
    [Buffer.from('Größe;1\r\nΩ\t2\n'), 'txt'],
    ['<svg onload="alert(1)">', 'txt'],
    [archive('[Content_Types].xml', 'word/document.xml'), 'docx'],
    [archive('[Content_Types].xml', 'xl/workbook.xml'), 'xlsx'],
    [archive('mimetypeapplication/vnd.oasis.opendocument.text'), 'odt'],
  ];
  expect(files.map(([bytes]) => typeOf(bytes))).toEqual(files.map(([, extension]) => extension));
});

it('rejects programs, archives, documents with macros, and bytes that are not a text', () => {
  for (const bytes of [
    'MZ\x90\x00',
    '\x7fELF\x00',
    'PK\x03\x04evil.exe',
    'PK\x03\x04word/document.xml PK\x03\x04word/vbaProject.bin',
    'text\x00with nul',
    '\x1b[31m',
    'caf\xe9',
    '\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1',
  ])
    expect(typeOf(bytes)).toBeUndefined();
});

it('keeps a name without folders and hidden characters, with an extension of the type', () => {
  const text = attachmentType(Buffer.from('a'))!;
  const names: [string, string][] = [
    ['lid.txt', 'lid.txt'],
    ['Größe.CSV', 'Größe.csv'],
    ['..\\..\\etc/passwd', 'passwd.txt'],
    ['.htaccess', 'htaccess.txt'],
    ['page.html', 'page.html.txt'],
    ['', 'attachment.txt'],
    ['invoice\u202Egpj.exe', 'invoicegpj.exe.txt'],
    ['.txt', 'txt.txt'],
  ];
  expect(names.map(([name]) => attachmentName(name, text))).toEqual(names.map(([, stored]) => stored));
  expect([...attachmentName(`${'ü'.repeat(300)}.txt`, text)]).toHaveLength(154);
});

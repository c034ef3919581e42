import { readFileSync } from 'node:fs';
import { readBannedWords } from '#tools/words/banned-words.rules';
import { fileNameErrors } from '#tools/words/file-names.rules';
import { wordFinder } from '#tools/words/find-words.rules';
import { passagesOf } from '#tools/words/passages';

const PAGE = `
| term | meaning | not |
| --- | --- | --- |
| approval | Consent. | \`vouch*\`, \`gives leave\`, leave |
| choice | A choice. | \`Wish\` |

| not | write | but |
| --- | --- | --- |
| \`is no\` | "is not a …" | \`there is no\` |
| \`^What\` | the noun | |
`;

const find = wordFinder(readBannedWords(PAGE));

const findings = (file: string, text: string) =>
  passagesOf(file, text)
    .flatMap(find)
    .map(({ line, found, write }) => `${line} ${found} → ${write}`);

describe('The banned words of a page', () => {
  it('are those in code font in the column "not", with what the column "write" or "term" says', () => {
    expect(readBannedWords(PAGE)).toEqual([
      { word: 'vouch*', write: 'approval', but: [] },
      { word: 'gives leave', write: 'approval', but: [] },
      { word: 'Wish', write: 'choice', but: [] },
      { word: 'is no', write: '"is not a …"', but: ['there is no'] },
      { word: '^What', write: 'the noun', but: [] },
    ]);
  });

  it('are not empty, or the page has lost its tables', () => {
    expect(() => readBannedWords('# Nothing')).toThrow('no table');
  });

  it('are each listed once in docs/GLOSSARY.md and docs/STYLE.md, with a replacement', () => {
    const pages = ['docs/GLOSSARY.md', 'docs/STYLE.md'].map((page) => readFileSync(page, 'utf8'));
    const banned = pages.flatMap(readBannedWords);
    expect(banned.filter(({ write }) => write === '')).toEqual([]);
    expect(banned.map(({ word }) => word).filter((word, index, all) => all.indexOf(word) < index)).toEqual(
      [],
    );
  });
});

describe('Banned words are found', () => {
  it('in comments, across lines, with the line on which they begin', () => {
    expect(
      findings(
        'a.ts',
        '/**\n * A manager gives\n * leave.\n */\nconst a = 1;\n// What it is,\n// What it was.',
      ),
    ).toEqual(['2 gives leave → approval', '6 What → the noun']);
  });

  it('in messages, but not in SQL, code spans or single words', () => {
    expect(findings('a.ts', 'throw new Error(`It ${a} vouches for all.`);')).toEqual([
      '1 vouches → approval',
    ]);
    expect(findings('a.ts', "sql`select vouch for a`; const a = 'vouch'; // `vouch`")).toEqual([]);
  });

  it('in exported names and names of files; with a capital only there', () => {
    expect(
      findings(
        'pay-wish.ts',
        'export type PayWish = 1;\nexport const wishes = 2, wish = 3;\nconst myWish = 4; // a wish',
      ),
    ).toEqual(['1 pay-wish.ts → choice', '1 PayWish → choice', '2 wish → choice']);
  });

  it('in descriptions and names of a graph', () => {
    expect(
      findings(
        'a.graphql',
        '"What it is."\ntype Vouching {\n  "There is no limit; it is no limit."\n  id: ID\n}',
      ),
    ).toEqual(['1 What → the noun', '2 Vouching → approval', '3 is no → "is not a …"']);
  });

  it('in pages, but not in their code blocks and links', () => {
    expect(findings('a.md', 'What is this?\n\n```sh\nvouch\n```\n\n[a link](vouch.md) vouched')).toEqual([
      '7 vouched → approval',
    ]);
  });

  it.each([
    ['a.prisma', '/// It is no table.\nmodel A {}'],
    ['a.sql', '-- It is no table.\nselect 1;'],
    ['a.yaml', '# It is no table.\na: 1'],
    ['Dockerfile', '# It is no image.\nFROM node'],
  ])('in comments of %s', (file, text) => {
    expect(findings(file, text)).toEqual(['1 is no → "is not a …"']);
  });
});

describe('Names of files', () => {
  it('are in kebab-case, end in a noun, and stand once among the domains', () => {
    const files = [
      'kernel/rowTypes.ts',
      'kernel/given.ts',
      'kernel/paging.ts',
      'subgraphs/a/index.ts',
      'subgraphs/b/index.ts',
      'subgraphs/a/scanned-item.ts',
      'subgraphs/a/rows.ts',
      'subgraphs/b/row.ts',
      'subgraphs/b/row.rules.ts',
      'docs/STYLE.md',
    ];
    expect(fileNameErrors(files)).toEqual([
      { file: 'kernel/rowTypes.ts', write: 'the name in kebab-case' },
      { file: 'kernel/given.ts', write: 'a noun, or a verb with its object' },
      { file: 'subgraphs/b/row.ts', write: 'a base name other than that of subgraphs/a/rows.ts' },
    ]);
  });
});

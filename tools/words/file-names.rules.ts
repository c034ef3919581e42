import path from 'node:path';
import { groupBy } from '#kernel/collections';

export interface FileNameError {
  file: string;
  write: string;
}

const SOURCE = /\.(ts|mts|mjs|cjs|js|graphql|prisma|sql)$/;

const KEBAB_CASE = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/;

/** Nouns that look like participles. */
const NOUNS = new Set([
  'casing',
  'costing',
  'marketing',
  'paging',
  'pricing',
  'printing',
  'rounding',
  'scanning',
  'shipping',
  'string',
  'testing',
]);

const IRREGULAR_PARTICIPLES = new Set([
  'given',
  'held',
  'kept',
  'known',
  'made',
  'shown',
  'taken',
  'told',
  'withdrawn',
  'written',
]);

/** Names that every domain or topic has, and generated ones. */
const SHARED =
  /^(index|subgraph|schema|resolvers|model|events|mappers|retention|subscriptions)\.\w+$|\.generated\.ts$/;

function isParticiple(word: string): boolean {
  return (
    IRREGULAR_PARTICIPLES.has(word) ||
    (/..(ed|ing)$/.test(word) && !NOUNS.has(word) && word !== 'embed' && word !== 'feed')
  );
}

/** A base name as people look for it: singular and plural are one. */
const inSingular = (base: string) => base.replace(/ies(?=\.)/, 'y').replace(/s(?=\.)/, '');

/** Checks the names of source files by docs/STYLE.md: kebab-case, nouns or operations, and no name twice among the domains. */
export function fileNameErrors(files: readonly string[]): FileNameError[] {
  const sources = files.filter((file) => SOURCE.test(file));
  const errors = sources.flatMap((file) => {
    const base = path.basename(file);
    if (!KEBAB_CASE.test(base)) return [{ file, write: 'the name in kebab-case' }];
    const lastWord = base.split('.')[0]!.split('-').at(-1)!;
    return isParticiple(lastWord) ? [{ file, write: 'a noun, or a verb with its object' }] : [];
  });
  const inDomains = sources.filter(
    (file) => file.startsWith('subgraphs/') && !SHARED.test(path.basename(file)),
  );
  for (const [, [first, ...others]] of groupBy(inDomains, (file) => inSingular(path.basename(file)))) {
    errors.push(...others.map((file) => ({ file, write: `a base name other than that of ${first}` })));
  }
  return errors;
}

/**
 * Documents that the operator trusts, from manifests that a front end's build writes: those of Apollo's generate-persisted-query-manifest and of
 * GraphQL Code Generator's client preset. A client may send the id of one in place of its text, from the first request on, and the operator
 * may let no others in (TRUSTED_DOCUMENTS_ONLY).
 */
import { readFileSync } from 'node:fs';
import {
  Kind,
  parse,
  print,
  separateOperations,
  visit,
  type DefinitionNode,
  type DocumentNode,
} from 'graphql';
import { z } from 'zod';
import { ConfigError, type Config } from '#kernel/config';

/** By id; with their operations and fragments. */
const PRESET_MANIFEST = z.record(z.string(), z.string());
const APOLLO_MANIFEST = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string(), body: z.string() })),
});

export class TrustedDocuments {
  private readonly texts = new Map<string, string>();
  private readonly normalized = new Set<string>();

  /** @param isRequired whether all other documents are rejected. */
  constructor(readonly isRequired: boolean) {}

  /** Trusts the documents of a manifest, as parsed JSON. @throws Error for another format, GraphQLError for a document that cannot be parsed. */
  addManifest(manifest: unknown): void {
    const apollo = APOLLO_MANIFEST.safeParse(manifest);
    const documents = apollo.success
      ? apollo.data.operations.map(({ id, body }) => [id, body] as const)
      : Object.entries(PRESET_MANIFEST.parse(manifest));
    for (const [id, text] of documents) {
      this.texts.set(id, text);
      this.addSource(text);
    }
  }

  /** Trusts each operation of a text, with the fragments that it uses. @throws GraphQLError */
  addSource(text: string): void {
    const { definitions } = parse(text);
    const fragments = definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
    // One operation at a time: those of several pages may have the same name.
    for (const operation of definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)) {
      const alone = separateOperations({ kind: Kind.DOCUMENT, definitions: [operation, ...fragments] });
      for (const document of Object.values(alone)) this.normalized.add(normalizedText(document.definitions));
    }
  }

  /** The text of a document by its id. */
  textOf(id: string): string | undefined {
    return this.texts.get(id);
  }

  /** Whether a document is one of them, in whatever layout. Clients add `__typename`, which shows nothing new. */
  trusts(document: DocumentNode): boolean {
    return this.normalized.has(normalizedText(document.definitions));
  }
}

/**
 * Reads the manifests of the settings, and the operations of the pages that this server has.
 * @param pageSources the texts of the operations of the pages.
 * @throws ConfigError naming the file.
 */
export function readTrustedDocuments(
  { trustedDocuments, trustedDocumentsOnly }: Pick<Config, 'trustedDocuments' | 'trustedDocumentsOnly'>,
  pageSources: readonly string[],
): TrustedDocuments {
  const trusted = new TrustedDocuments(trustedDocumentsOnly);
  for (const source of pageSources) trusted.addSource(source);
  for (const file of trustedDocuments)
    try {
      trusted.addManifest(JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      throw new ConfigError([
        `TRUSTED_DOCUMENTS: ${file} is not a manifest of documents: ${(error as Error).message}`,
      ]);
    }
  return trusted;
}

/** The same text for documents that differ in layout, in the order of their definitions, or in `__typename`. */
function normalizedText(definitions: readonly DefinitionNode[]): string {
  return definitions
    .map((definition) =>
      print(
        visit(definition, {
          Field: ({ name, alias }) => (name.value === '__typename' && !alias ? null : undefined),
        }),
      ),
    )
    .sort()
    .join('\n');
}

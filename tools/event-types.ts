/**
 * `npm run events`: writes subgraphs/event-types.json and docs/EVENTS.md, the catalog of the public events, from the declarations of the
 * domains: their doc comments are the descriptions, and the types of their payloads become JSON Schema. With `--check` it fails if a
 * committed file is stale.
 */
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';
import { keepFresh } from '#kernel/generated-file';
import { scopesOfType } from '#subgraphs/webhooks/event-catalog';
import { eventsPage } from './event-types/events-page';
import { describe, schemaOfType, type EventTypeEntry } from './event-types/payload-schema';

const ROOT = path.resolve(__dirname, '..');
const COMMAND = 'npm run events';
const SOURCES = ['subgraphs/*/events.ts', 'kernel/backup/backup-events.ts', 'kernel/import/import-events.ts'];
/** The domains of the events that the kernel declares. */
const OF_KERNEL: Readonly<Record<string, string>> = { backup: 'admin', import: 'catalog' };

/** All declarations in a file: `export const name = publicEvent<Payload>('type', scopes)`. */
function eventsIn(file: string, program: ts.Program): EventTypeEntry[] {
  const checker = program.getTypeChecker();
  const [, folder] = file.split('/') as [string, string];
  const entries: EventTypeEntry[] = [];
  for (const statement of program.getSourceFile(path.join(ROOT, file))!.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (!initializer || !ts.isCallExpression(initializer)) continue;
      if (initializer.expression.getText() !== 'publicEvent') continue;
      const [payload] = initializer.typeArguments ?? [];
      const [type] = initializer.arguments;
      const comment = checker.getSymbolAtLocation(name)?.getDocumentationComment(checker) ?? [];
      const description = describe(comment);
      if (!payload || !type || !ts.isStringLiteral(type) || description === '')
        throw new Error(`${file}: ${name.getText()} needs a payload type, a type as text and a doc comment.`);
      entries.push({
        type: type.text,
        domain: OF_KERNEL[folder] ?? folder,
        description,
        scopes: scopesOfType(type.text),
        data: schemaOfType(checker, checker.getTypeFromTypeNode(payload), type.text),
      });
    }
  }
  return entries;
}

async function main(): Promise<number> {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const files = ts.sys
    .readDirectory(ROOT, ['.ts'], ['node_modules'], SOURCES)
    .map((file) => path.relative(ROOT, file))
    .sort();
  const program = ts.createProgram(
    files.map((file) => path.join(ROOT, file)),
    options,
  );
  const entries = files
    .flatMap((file) => eventsIn(file, program))
    .sort((one, other) => (one.type < other.type ? -1 : 1));
  const outputs = [
    ['subgraphs/event-types.json', JSON.stringify(entries), 'json'],
    ['docs/EVENTS.md', eventsPage(entries), 'markdown'],
  ] as const;
  let code = 0;
  for (const [name, text, parser] of outputs) {
    const file = path.join(ROOT, name);
    const formatted = await format(text, { ...(await resolveConfig(file)), parser });
    code |= keepFresh({ file, text: formatted, command: COMMAND });
  }
  return code;
}

void main().then((code) => {
  process.exitCode = code;
});

/**
 * A Prisma generator (`generator tables` in prisma/schema/base.prisma): writes each domain's
 * `tables.generated.ts` from the Prisma schema, and the kernel's table of models. `npm run codegen` calls it;
 * with CHECK in the environment it writes nothing and fails for a stale file.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { generatorHandler, type GeneratorOptions } from '@prisma/generator-helper';
import { format, resolveConfig } from 'prettier';
import { writeStale } from '#kernel/generated-file';
import { modelsFile } from './models-file';
import { tablesFile, type Model } from './tables-file';

const ROOT = path.resolve(__dirname, '../..');
const SCHEMA = path.join(ROOT, 'prisma/schema');

generatorHandler({
  onManifest: () => ({ prettyName: 'tables.generated.ts of each domain', defaultOutput: '.' }),
  onGenerate,
});

async function onGenerate({ dmmf }: GeneratorOptions): Promise<void> {
  const models = new Map(dmmf.datamodel.models.map((model) => [model.name, model as Model]));
  const texts = new Map([
    [path.join(ROOT, 'kernel/db/prisma-models.generated.ts'), modelsFile([...models.values()])],
  ]);
  for (const file of readdirSync(SCHEMA).sort()) {
    const domain = path.basename(file, '.prisma');
    const names = [...readFileSync(path.join(SCHEMA, file), 'utf8').matchAll(/^model (\w+)/gm)].map(
      ([, name]) => name!,
    );
    if (names.length === 0) continue;
    const target = path.join(
      ROOT,
      domain === 'kernel' ? 'kernel/db' : `subgraphs/${domain}`,
      'tables.generated.ts',
    );
    texts.set(
      target,
      tablesFile(
        file,
        names.map((name) => models.get(name)!),
      ),
    );
  }
  const checkOnly = Boolean(process.env.CHECK);
  const stale: string[] = [];
  for (const [target, text] of texts) {
    const formatted = await format(text, { ...(await resolveConfig(target)), parser: 'typescript' });
    if (writeStale({ file: target, text: formatted }, checkOnly) && checkOnly)
      stale.push(path.relative(ROOT, target));
  }
  if (stale.length > 0) throw new Error(`${stale.join(', ')}: stale; run "npm run codegen" and commit it.`);
}

/**
 * Every text, number and moment of every operation × what odd clients and attackers put there. Nothing of it is a fault of ours (5xx),
 * and what cannot be stored is refused with the name of its field, in variables and literals, over GraphQL and over REST.
 */
import type { ExecutionResult } from 'graphql';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import { createContext, type RequestContext } from '#kernel/context';
import { demoId } from '#demo/ids';
import { userActor } from '../harness/actors';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { callWith, leavesOf, literalCallWith, nameOf, operations, type Call, type Leaf } from './arguments';

jest.setTimeout(600_000);

/** Texts that no field may take. */
const REFUSED: Readonly<Record<string, string>> = {
  NUL: 'a\0b',
  'a lone high surrogate': 'a\ud800b',
  'a lone low surrogate': '\udc00',
  'surrogates the wrong way round': '\udc00\ud800',
};
/** Texts that only pictures are as long as; their own reader refuses these. */
const TOO_LONG: Readonly<Record<string, string>> = {
  '100 KB': 'x'.repeat(100_000),
  '1 MB': 'ä'.repeat(500_000),
};
/** Texts that a field may take or refuse. */
const ODD: Readonly<Record<string, string>> = {
  empty: '',
  blank: ' \t\n',
  'combining marks': `a${'\u0301'.repeat(5_000)}`,
  'what is not seen': '\u202e\u200b\u200d\ufeff\x01\x1b[31m\x7f\ufffe\uffff\u{10ffff}',
  'marks of other languages': `'";--\\%_$1{{7*7}}👩‍👩‍👧‍👦`,
  'names of objects': '__proto__',
};
const INTEGERS = [2_147_483_647, -2_147_483_648, -1, 0, 1_000_000];
const NOT_INTEGERS = [2_147_483_648, 1e308, 1.5, 'NaN', '1'];
const DECIMALS = ['999999999999999', '-999999999999999', '0.000000000000001', '-1', '0', 0, '-0'];
const NOT_DECIMALS = [
  1e308, -1e308, 5e-324, 'NaN', 'Infinity', '1e308', '1e2', '0x10', '', ' ', '1,5', '1000000000000000', '0.0000000000000001', '१२',
  '9'.repeat(100_000), true, [], {}, 'a\0', '\ud800',
]; // prettier-ignore
const MOMENTS = [
  '1000-01-01T00:00:00Z',
  '9999-12-31T23:59:59+14:00',
  '9999-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00-12:00',
];
const NOT_MOMENTS = [
  '+275760-09-13T00:00:00Z', '275760-09-13T00:00:00Z', '0000-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00',
  '2026-02-30T00:00:00', '2026-13-01T00:00:00Z', 'NaN', '', 0, 1e308, '2026-01-31T18:04:05Z\0',
]; // prettier-ignore
const DAYS = ['1000-01-01', '9999-12-31', '2024-02-29'];
const NOT_DAYS = [
  '0000-01-01',
  '0001-01-01',
  '+275760-09-13',
  '275760-09-13',
  '2026-02-30',
  '2026-1-1',
  'NaN',
  '',
  0,
  '2026-01-31\0',
];

let platform: TestPlatform;
let context: () => RequestContext;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
  const owner = userActor({
    organizationId: demoId.organization(1),
    branchId: demoId.branch(1),
    userId: demoId.user(1),
    role: 'owner',
    scopes: ALL_SCOPES,
  });
  context = () => createContext(platform.services, owner, { requestId: 'hostile', address: '127.0.0.1' });
});
afterAll(() => platform.stop());

const ask = (call: Call): Promise<ExecutionResult> =>
  platform.platform.execute({ ...call, context: context() });

/** What was wrong with an answer: a fault of ours, or a refusal that does not name the field. */
function faultOf({ errors }: ExecutionResult, leaf: Leaf, mustRefuse: boolean): string | undefined {
  const ours = errors?.find(({ extensions }) =>
    ['INTERNAL', 'UNAVAILABLE', undefined].includes(extensions.code as string),
  );
  if (ours) return `${String(ours.extensions.code)} ${ours.message.slice(0, 200)}`;
  if (!mustRefuse) return undefined;
  const named =
    errors?.flatMap(({ extensions }) => (extensions.errors as { field: string }[] | undefined) ?? []) ?? [];
  // The fields of the one argument `input` are named without it, and an item of a batch answers for itself.
  const place = leaf.path.join('.').replace(/^input\./, '');
  if (named.some(({ field }) => field === place || place.endsWith(`.${field}`))) return undefined;
  return `not refused at ${place}: ${JSON.stringify(errors ?? 'answered').slice(0, 300)}`;
}

/** Items of a batch that are answered by themselves: their faults stand in the answer, not in its errors. */
const ANSWERS_FOR_ITSELF = /^sales\.|^input\.sales\./;

async function tryAll(
  values: (leaf: Leaf) => readonly (readonly [name: string, value: unknown, refused: boolean])[],
) {
  const faults: string[] = [];
  let tried = 0;
  for (const operation of operations()) {
    for (const leaf of leavesOf(operation)) {
      for (const [name, value, refused] of values(leaf)) {
        tried += 1;
        const result = await ask(callWith(operation, leaf, value));
        const fault = faultOf(result, leaf, refused && !ANSWERS_FOR_ITSELF.test(leaf.path.join('.')));
        if (fault) faults.push(`${nameOf(operation)} ${leaf.path.join('.')} ${name}: ${fault}`);
      }
    }
  }
  return { tried, faults };
}

const isText = ({ type }: Leaf) => ['String', 'ID'].includes(type);
const isPicture = ({ path }: Leaf) => ['data', 'image'].includes(String(path.at(-1)));
const asCases = (values: readonly unknown[], refused: boolean) =>
  values.map((value) => [JSON.stringify(value).slice(0, 40), value, refused] as const);

it('refuses what cannot be stored in every text, by its field', async () => {
  const { tried, faults } = await tryAll((leaf) => {
    if (leaf.type === 'JSON') {
      const texts = Object.entries(REFUSED);
      return texts.flatMap(([name, text]) => [
        [name, text, true] as const,
        [`${name} as a name`, { [text]: 'x' }, true] as const,
        [`${name} inside`, { a: [text] }, false] as const,
      ]);
    }
    if (leaf.type === 'enum')
      return Object.entries(REFUSED).map(([name, text]) => [name, text, true] as const);
    return isText(leaf) ? Object.entries(REFUSED).map(([name, text]) => [name, text, true] as const) : [];
  });
  expect(faults).toEqual([]);
  expect(tried).toBeGreaterThan(1_000);
});

it('refuses texts that are too long, and empty ids', async () => {
  const { faults } = await tryAll((leaf) => {
    if (!isText(leaf)) return [];
    const long = Object.entries(TOO_LONG).map(([name, text]) => [name, text, !isPicture(leaf)] as const);
    return leaf.type === 'ID' ? [...long, ['empty', '', true], ['blank', ' ', true]] : long;
  });
  expect(faults).toEqual([]);
});

it('is never at fault itself, whatever else is in a text', async () => {
  const { faults } = await tryAll((leaf) =>
    isText(leaf) || leaf.type === 'JSON'
      ? Object.entries(ODD).map(([name, text]) => [name, text, false] as const)
      : [],
  );
  expect(faults).toEqual([]);
});

it('is never at fault itself over numbers and moments, and refuses those that are out of range', async () => {
  const { faults } = await tryAll(({ type }) => {
    if (type === 'Int') return [...asCases(INTEGERS, false), ...asCases(NOT_INTEGERS, true)];
    if (type === 'Money' || type === 'Decimal')
      return [...asCases(DECIMALS, false), ...asCases(NOT_DECIMALS, true)];
    if (type === 'DateTime') return [...asCases(MOMENTS, false), ...asCases(NOT_MOMENTS, true)];
    return type === 'Date' ? [...asCases(DAYS, false), ...asCases(NOT_DAYS, true)] : [];
  });
  expect(faults).toEqual([]);
});

it('refuses the same where it is written into the document', async () => {
  const faults: string[] = [];
  for (const operation of operations()) {
    for (const leaf of leavesOf(operation).filter(isText)) {
      // GraphQL itself has no literal for half a character, and no operation is parsed that is as long as these.
      for (const [name, text] of Object.entries({
        NUL: REFUSED.NUL!,
        'too long': 'x'.repeat(isPicture(leaf) ? 0 : 10_001),
      })) {
        if (text === '') continue;
        const call = literalCallWith(operation, leaf, text);
        if (!call) continue;
        const fault = faultOf(await ask(call), leaf, !ANSWERS_FOR_ITSELF.test(leaf.path.join('.')));
        if (fault) faults.push(`${nameOf(operation)} ${leaf.path.join('.')} ${name}: ${fault}`);
      }
    }
  }
  expect(faults).toEqual([]);
});

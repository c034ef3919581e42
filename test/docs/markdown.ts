/**
 * The code blocks of a page that a reader would run. The words after the language say what a block is:
 * `run` is run, in the order of the page, in one folder; `file=name` is written into that folder; `output` is what the block before
 * printed. A block with none of these is shown only. Pure.
 */
export interface Snippet {
  readonly language: string;
  readonly code: string;
  /** For messages: the heading above and the line in the file. */
  readonly place: string;
  /** Written under this name into the page's folder; a file that also runs, runs under it. */
  readonly file: string | undefined;
  readonly runs: boolean;
  /** The role that a GraphQL operation is sent as. */
  readonly as: string | undefined;
  /** What it prints, and in which language that is. */
  readonly output: { readonly language: string; readonly text: string } | undefined;
}

type Draft = { -readonly [Key in keyof Snippet]: Snippet[Key] };

const FENCE = /^```(\S*)\s*(.*)$/;

/** @throws Error for an output without a block before it, and for a block that never ends. */
export function snippetsOf(markdown: string): Snippet[] {
  const snippets: Draft[] = [];
  const lines = markdown.split('\n');
  let heading = '';
  let before: Draft | undefined;
  for (let index = 0; index < lines.length; index += 1) {
    heading = /^#+ (.*)$/.exec(lines[index]!)?.[1] ?? heading;
    const fence = FENCE.exec(lines[index]!);
    if (!fence) continue;
    const place = `${heading} (line ${index + 1})`;
    const end = lines.indexOf('```', index + 1);
    if (end < 0) throw new Error(`The block in ${place} never ends.`);
    const [, language = '', info = ''] = fence;
    const words = info.split(/\s+/).filter(Boolean);
    const code = lines.slice(index + 1, end).join('\n');
    index = end;
    if (words.includes('output')) {
      if (!before?.runs) throw new Error(`The output in ${place} belongs to no block that runs.`);
      before.output = { language, text: code };
      before = undefined;
      continue;
    }
    const runs = words.includes('run');
    before = {
      language,
      code,
      place,
      file: valueOf(words, 'file'),
      runs,
      as: valueOf(words, 'as'),
      output: undefined,
    };
    if (runs || before.file !== undefined) snippets.push(before);
  }
  return snippets;
}

function valueOf(words: readonly string[], name: string): string | undefined {
  return words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Why the output of a block is not what the page prints; undefined where it is, or where the page prints none. */
export function snippetDifference({ output }: Snippet, printed: string): string | undefined {
  if (!output) return undefined;
  if (output.language !== 'json') return differsFromText(output.text, printed);
  return differsFromJson(JSON.parse(output.text), JSON.parse(printed));
}

/**
 * Why a text is not what the page prints; undefined where it is. `…` stands for anything within a line, a line of its own for any
 * number of lines.
 */
function differsFromText(expected: string, actual: string): string | undefined {
  const pattern = expected
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?' : `${wildcards(line.trimEnd())}[ \\t]*\\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(`${actual.trim()}\n`)
    ? undefined
    : `${actual.trim()}\n\n  … was printed instead of …\n\n${expected}`;
}

function wildcards(text: string): string {
  return text
    .split('…')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}

/**
 * Where a JSON value is not what the page prints; undefined where it is. In texts `…` stands for anything; a member `"…"` stands
 * for any further members, an element `"…"` for any further elements.
 */
export function differsFromJson(expected: unknown, actual: unknown, at = '$'): string | undefined {
  if (typeof expected === 'string' && expected.includes('…')) {
    const text = typeof actual === 'string' ? actual : JSON.stringify(actual);
    return new RegExp(`^${wildcards(expected)}$`, 's').test(text)
      ? undefined
      : `${at}: ${text} is not like ${expected}`;
  }
  if (isNode(expected) && isNode(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    return differsInMembers(expected, actual, at);
  }
  return expected === actual
    ? undefined
    : `${at}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`;
}

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}

/** Lists have their members by index. */
function differsInMembers(expected: Node, actual: Node, at: string): string | undefined {
  const isRest = ([key, value]: [string, unknown]) => (Array.isArray(expected) ? value : key) === '…';
  const members = Object.entries(expected);
  const wanted = members.filter((member) => !isRest(member));
  const surplus = Object.keys(actual).filter((key) => !wanted.some(([name]) => name === key));
  if (!members.some(isRest) && surplus.length > 0) {
    return `${at}: more members than printed: ${surplus.join(', ')} in ${JSON.stringify(actual)}`;
  }
  for (const [key, value] of wanted) {
    const difference = differsFromJson(value, actual[key], `${at}.${key}`);
    if (difference) return difference;
  }
  return undefined;
}

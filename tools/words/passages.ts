/** The pieces of a source file that people read: comments, messages, descriptions, pages, and the names that it gives away. */
import path from 'node:path';
import { parse, TokenKind, visit, type NameNode, type StringValueNode, type Token } from 'graphql';
import ts from 'typescript';
import { type Passage, type PassageKind } from './find-words.rules';

const lineAt = (text: string, position: number) => text.slice(0, position).split('\n').length;

/** Comments of whole lines; those of neighbouring lines are one. */
function lineComments(text: string, mark: RegExp): Passage[] {
  const passages: Passage[] = [];
  let open: Passage | undefined;
  text.split('\n').forEach((line, index) => {
    const at = mark.exec(line)?.index;
    if (at === undefined) {
      open = undefined;
      return;
    }
    const alone = line.slice(0, at).trim() === '';
    if (open && alone) open.text += `\n${line.slice(at)}`;
    else passages.push((open = { kind: 'comment', text: line.slice(at), line: index + 1 }));
  });
  return passages;
}

function graphPassages(text: string): Passage[] {
  const document = parse(text);
  const passages: Passage[] = [];
  const addNamed = ({ description, name }: { description?: StringValueNode; name?: NameNode }) => {
    const at = description?.loc;
    if (at)
      passages.push({ kind: 'description', text: text.slice(at.start, at.end), line: at.startToken.line });
    if (name) passages.push({ kind: 'graph-name', text: name.value, line: name.loc!.startToken.line });
  };
  visit(document, {
    enter: (node) => {
      if ('description' in node) addNamed(node);
    },
  });
  for (let token: Token | null = document.loc!.startToken; token; token = token.next) {
    if (token.kind === TokenKind.COMMENT)
      passages.push({ kind: 'comment', text: token.value, line: token.line });
  }
  return passages;
}

/** Fenced blocks are code; their lines are blanked. */
function pagePassages(text: string): Passage[] {
  const prose = text.replace(/^( *)(```+|~~~+)[\s\S]*?^\1\2 *$/gm, (block) => block.replace(/[^\n]/g, ' '));
  return [{ kind: 'page', text: prose, line: 1 }];
}

function commentsOf(source: ts.SourceFile): Passage[] {
  const comments = new Map<number, { from: number; to: number }>();
  const collect = (ranges: ts.CommentRange[] | undefined) => {
    for (const { pos, end } of ranges ?? []) comments.set(pos, { from: pos, to: end });
  };
  const walk = (node: ts.Node) => {
    const children = node.getChildren(source);
    if (children.length === 0 && node.kind !== ts.SyntaxKind.JsxText) {
      collect(ts.getLeadingCommentRanges(source.text, node.pos));
      collect(ts.getTrailingCommentRanges(source.text, node.end));
    }
    children.forEach(walk);
  };
  walk(source);
  const passages: (Passage & { to: number })[] = [];
  for (const { from, to } of [...comments.values()].sort((a, b) => a.from - b.from)) {
    const last = passages.at(-1);
    // Lines that begin with two slashes are one comment.
    if (
      last?.text.startsWith('//') &&
      source.text.startsWith('//', from) &&
      source.text.slice(last.to, from).trim() === '' &&
      lineAt(source.text, from) === lineAt(source.text, last.to) + 1
    ) {
      last.text += source.text.slice(last.to, to);
      last.to = to;
    } else
      passages.push({
        kind: 'comment',
        text: source.text.slice(from, to),
        line: lineAt(source.text, from),
        to,
      });
  }
  return passages;
}

/** Strings of more than one word, but for SQL and what only the compiler reads. */
function messagesOf(source: ts.SourceFile): Passage[] {
  const passages: Passage[] = [];
  const add = (node: ts.Node) => {
    const text = node.getText(source);
    if (/\p{L}{2} \p{L}/u.test(text))
      passages.push({ kind: 'message', text, line: lineAt(source.text, node.getStart(source)) });
  };
  const walk = (node: ts.Node) => {
    if (ts.isTaggedTemplateExpression(node) || ts.isImportDeclaration(node)) return;
    if (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)) add(node);
    ts.forEachChild(node, walk);
  };
  walk(source);
  return passages;
}

function exportedNames(statement: ts.Statement): ts.Node[] {
  if (ts.isExportDeclaration(statement)) {
    const clause = statement.exportClause;
    return clause && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name) : [];
  }
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name);
  const name = ts.getNameOfDeclaration(statement as ts.Node as ts.DeclarationStatement);
  return name ? [name] : [];
}

function exportsOf(source: ts.SourceFile): Passage[] {
  return source.statements.flatMap(exportedNames).map((name) => {
    return { kind: 'export', text: name.getText(source), line: lineAt(source.text, name.getStart(source)) };
  });
}

function codePassages(text: string, file: string): Passage[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return [...commentsOf(source), ...messagesOf(source), ...exportsOf(source)];
}

function contentPassages(file: string, text: string): Passage[] {
  switch (path.extname(file)) {
    case '.ts':
    case '.mts':
    case '.mjs':
    case '.cjs':
    case '.js':
      return codePassages(text, file);
    case '.graphql':
      return graphPassages(text);
    case '.md':
      return pagePassages(text);
    case '.prisma':
      return lineComments(text, /\/\/\/?/);
    case '.sql':
      return lineComments(text, /--/);
    case '.yml':
    case '.yaml':
    case '.conf':
      return lineComments(text, /(?<=^|\s)#/);
    default:
      return /(^|\/)Dockerfile$/.test(file) ? lineComments(text, /^\s*#/) : [];
  }
}

/**
 * @param file its path below the root.
 * @throws SyntaxError for a graph that cannot be parsed.
 */
export function passagesOf(file: string, text: string): Passage[] {
  const name: { kind: PassageKind; text: string; line: number } = {
    kind: 'file-name',
    text: path.basename(file),
    line: 1,
  };
  return [name, ...contentPassages(file, text)];
}

/*
 * Splits an SQL script where `psql` would split it: at semicolons outside of texts, quoted names, comments, parentheses
 * and function bodies. It understands nothing else of the script, except the words of each statement.
 */

export interface SqlStatement {
  /** The start and the end in the script, without the semicolon. */
  readonly from: number;
  readonly to: number;
  readonly line: number;
  /** Its first unquoted words, in lower case: `['create', 'unique', 'index', 'concurrently', …]`. */
  readonly words: readonly string[];
}

export interface SqlComment {
  readonly from: number;
  readonly line: number;
  readonly text: string;
}

export interface SqlScript {
  readonly statements: readonly SqlStatement[];
  readonly comments: readonly SqlComment[];
  /** Lines that begin with a backslash: `psql` commands, which are not SQL. */
  readonly commands: readonly number[];
}

const mostWords = 12;

/** The kinds of tokens, tried in this order. For tokens that can be long, this only matches their beginning. */
const token =
  /(?<space>\s+)|(?<comment>--[^\n\r]*)|(?<block>\/\*)|(?<escaped>[eE]')|(?<quote>['"])|(?<dollars>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<other>[\s\S])/y;

export function readSqlScript(script: string): SqlScript {
  const statements: SqlStatement[] = [];
  const comments: SqlComment[] = [];
  const commands: number[] = [];
  const lineAt = lineCounter(script);
  let begun: { from: number; to: number; line: number; words: string[] } | undefined;
  let depth = 0;
  // A rule has several statements in them.
  let parentheses = 0;
  const end = () => {
    if (begun !== undefined) statements.push(begun);
    begun = undefined;
    depth = 0;
    parentheses = 0;
  };
  token.lastIndex = 0;
  for (let from = 0; from < script.length; from = token.lastIndex) {
    token.lastIndex = from;
    const { space, comment, block, escaped, quote, dollars, word, other } = token.exec(script)?.groups ?? {};
    if (block !== undefined) token.lastIndex = endOfBlock(script, from);
    if (escaped !== undefined) token.lastIndex = endOfEscaped(script, token.lastIndex);
    if (quote !== undefined) token.lastIndex = endOfQuoted(script, token.lastIndex, quote);
    if (dollars !== undefined) token.lastIndex = endOfDollars(script, from, dollars);
    if (comment !== undefined || block !== undefined)
      comments.push({ from, line: lineAt(from), text: script.slice(from, token.lastIndex) });
    if (space !== undefined || comment !== undefined || block !== undefined) continue;
    if (other === '\\' && isFirstOfLine(script, from)) {
      commands.push(lineAt(from));
      const end = script.indexOf('\n', from);
      token.lastIndex = end === -1 ? script.length : end;
      continue;
    }
    if (other === '(') parentheses += 1;
    if (other === ')') parentheses = Math.max(0, parentheses - 1);
    if (other === ';' && depth === 0 && parentheses === 0) {
      end();
      continue;
    }
    begun ??= { from, to: from, line: lineAt(from), words: [] };
    begun.to = token.lastIndex;
    const isPartOfName = word !== undefined && script[from - 1] === '.';
    if (word !== undefined && !isPartOfName) depth = deeper(depth, begun.words, word.toLowerCase());
  }
  end();
  return { statements, comments, commands };
}

/** Records a word, and returns how deep it is in the body of a function in standard SQL: `begin atomic … end`. */
function deeper(depth: number, words: string[], word: string): number {
  const before = words.at(-1);
  const routine = words[0] === 'create' && (words.includes('function') || words.includes('procedure'));
  if (words.length < mostWords || routine) words.push(word);
  if (!routine) return depth;
  if (depth === 0) return word === 'atomic' && before === 'begin' ? 1 : 0;
  if (word === 'case') return depth + 1;
  // In `as end`, `end` is a name.
  return word === 'end' && before !== 'as' ? depth - 1 : depth;
}

function endOfBlock(script: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 0;
  for (let found = edge.exec(script); found !== null; found = edge.exec(script)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return script.length;
}

/** A doubled quote is part of the text. */
function endOfQuoted(script: string, from: number, quote: string): number {
  for (let at = script.indexOf(quote, from); at !== -1; at = script.indexOf(quote, at + 2))
    if (script[at + 1] !== quote) return at + 1;
  return script.length;
}

function endOfEscaped(script: string, from: number): number {
  for (let at = from; at < script.length; at += 1) {
    if (script[at] === '\\') at += 1;
    else if (script[at] === "'" && script[at + 1] === "'") at += 1;
    else if (script[at] === "'") return at + 1;
  }
  return script.length;
}

function endOfDollars(script: string, from: number, tag: string): number {
  const end = script.indexOf(tag, from + tag.length);
  return end === -1 ? script.length : end + tag.length;
}

function isFirstOfLine(script: string, at: number): boolean {
  return at === 0 || script[at - 1] === '\n';
}

/** Returns the line of a position. Positions come in ascending order, so the script is scanned once. */
function lineCounter(script: string): (at: number) => number {
  let counted = 0;
  let line = 1;
  return (at) => {
    for (; counted < at; counted += 1) if (script.charCodeAt(counted) === 10) line += 1;
    return line;
  };
}

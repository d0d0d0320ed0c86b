/*
 * A script of SQL, cut where `psql` would cut it: at semicolons that are in no text, quoted name, comment or body of a
 * function. No more is understood of it than that and its words.
 */

export interface SqlStatement {
  /** Where it begins in the script, and where it ends, the semicolon left out. */
  readonly from: number;
  readonly to: number;
  readonly line: number;
  /** Its first bare words, in small letters: `['create', 'unique', 'index', 'concurrently', …]`. */
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
  /** Lines that begin with a backslash: commands of `psql`, which are not SQL. */
  readonly commands: readonly number[];
}

const mostWords = 12;

/** The kinds of what a script consists of, each tried in this order. Of what can be long, this is the beginning. */
const token =
  /(?<space>\s+)|(?<comment>--[^\n\r]*)|(?<block>\/\*)|(?<escaped>[eE]')|(?<quote>['"])|(?<dollars>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<other>[\s\S])/y;

export function readSqlScript(script: string): SqlScript {
  const statements: SqlStatement[] = [];
  const comments: SqlComment[] = [];
  const commands: number[] = [];
  const lineAt = lineCounter(script);
  let begun: { from: number; to: number; line: number; words: string[] } | undefined;
  let depth = 0;
  const end = () => {
    if (begun !== undefined) statements.push(begun);
    begun = undefined;
    depth = 0;
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
    if (other === ';' && depth === 0) {
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

/** Notes a word, and tells how deep in the body of a function in standard SQL it is: `begin atomic … end`. */
function deeper(depth: number, words: string[], word: string): number {
  const before = words.at(-1);
  const routine = words[0] === 'create' && (words.includes('function') || words.includes('procedure'));
  if (words.length < mostWords || routine) words.push(word);
  if (!routine) return depth;
  if (depth === 0) return word === 'atomic' && before === 'begin' ? 1 : 0;
  if (word === 'case') return depth + 1;
  // `as end` is a name.
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

/** A quote that is written twice is one of the text's own. */
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

/** The line of a place; places come in order, so the script is gone through once. */
function lineCounter(script: string): (at: number) => number {
  let counted = 0;
  let line = 1;
  return (at) => {
    for (; counted < at; counted += 1) if (script.charCodeAt(counted) === 10) line += 1;
    return line;
  };
}

/**
 * The longest reply that is read, in bytes. A project's 5,000 branches, the most that Neon allows, take about
 * 6 MiB.
 */
export const longestReply = 8 * 1024 * 1024;

/**
 * Neon's documented replies nest 7 deep. The parser needs some 100 bytes per level, so a small reply could
 * use a lot of memory.
 */
const deepestNesting = 64;

/** The text of a reply; nothing if it is too long. The excess is not read: the connection is dropped. */
export async function readText({ body }: Response): Promise<string | undefined> {
  if (body === null) return '';
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the stream.
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > longestReply) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Parses JSON; returns nothing for other text. Neon's edge answers some errors with an HTML page. */
export function parseJson(text: string): unknown {
  if (isNestedTooDeep(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isNestedTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '[' || character === '{') {
      if (++depth > deepestNesting) return true;
    } else if (character === ']' || character === '}') depth--;
  }
  return false;
}

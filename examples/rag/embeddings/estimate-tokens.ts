/**
 * About how many tokens a text is to the models behind an endpoint, whose tokenizers are not here. Of what they split finely, other
 * scripts and signs, it counts every character, so it is more often too many than too few.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [part] of text.matchAll(/[A-Za-z]+|\d+|[^\sA-Za-z\d]/gu)) {
    if (/^[A-Za-z]/.test(part)) tokens += Math.ceil(part.length / 5);
    else if (/^\d/.test(part)) tokens += Math.ceil(part.length / 3);
    else tokens += 1;
  }
  return tokens;
}

import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';

/** A tokenizer as Hugging Face's libraries save it. */
export async function readTokenizer(file: string): Promise<Tokenizer> {
  // What the second file usually has concerns decoding, and nothing is decoded here.
  return new Tokenizer(JSON.parse(await readFile(file, 'utf8')), {});
}

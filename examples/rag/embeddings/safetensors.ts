import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { numberOfHalf } from './half.js';

export interface Matrix {
  readonly columns: number;
  row(index: number): Float32Array;
}

const Header = z.record(
  z.string(),
  z.object({
    dtype: z.literal('F16'),
    shape: z.tuple([z.number(), z.number()]),
    data_offsets: z.tuple([z.number(), z.number()]),
  }),
);

/**
 * A matrix of half-precision numbers from a file in the format safetensors: the length of a header as 8 bytes, the header as JSON, and
 * then the numbers, row by row.
 * @see https://huggingface.co/docs/safetensors
 */
export async function readSafetensors(file: string, name: string): Promise<Matrix> {
  const content = await readFile(file);
  const start = 8 + Number(content.readBigUInt64LE(0));
  const entry = Header.parse(JSON.parse(content.toString('utf8', 8, start)))[name];
  if (entry === undefined) throw new Error(`${file} has no matrix ${name}.`);
  const [rows, columns] = entry.shape;
  const numbers = content.subarray(start + entry.data_offsets[0], start + entry.data_offsets[1]);
  if (numbers.length !== rows * columns * 2) throw new Error(`${file} is cut off.`);
  return {
    columns,
    row(index) {
      if (index < 0 || index >= rows) throw new RangeError(`${name} has no row ${index}.`);
      const row = new Float32Array(columns);
      for (let i = 0; i < columns; i += 1)
        row[i] = numberOfHalf[numbers.readUInt16LE((index * columns + i) * 2)] ?? Number.NaN;
      return row;
    },
  };
}

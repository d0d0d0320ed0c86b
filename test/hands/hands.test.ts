import { describe, expect, it } from 'vitest';
import { actsOf } from './act.js';
import { play } from './play.js';

/** `npm run test:hands` asks for many, from a seed of the moment; a few, always the same, are part of every run of the tests. */
const asked = process.env.HANDS_SEQUENCES;
const sequences = Number(asked ?? 2);
const lanes = Number(process.env.HANDS_LANES ?? 4);

/** The first one's; the others count on from it. One seed is one sequence, whatever its neighbours are. */
const firstSeed = Number(process.env.HANDS_SEED ?? (asked === undefined ? 6_000 : Date.now() % 2 ** 31));

describe('random sequences of operations and hands', () => {
  it(`leave nothing false, nothing orphaned, nothing stuck (${sequences}, from seed ${firstSeed})`, async () => {
    const seeds = Array.from({ length: sequences }, (_, index) => firstSeed + index);
    const broken: string[] = [];
    const lane = async () => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        const { story, violations } = await play(`p${seed}`, actsOf(seed));
        if (violations.length === 0) continue;
        broken.push(
          [`HANDS_SEED=${seed}`, ...story, ...violations.map((one) => `VIOLATION ${one}`)].join('\n  '),
        );
        console.log(broken.at(-1));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    console.log(`${sequences} sequences from seed ${firstSeed}, ${broken.length} of them broken`);
    expect(broken).toEqual([]);
  }, 36_000_000);
});

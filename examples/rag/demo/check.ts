import { foreignQuestion, type Member, sharedQuestion } from './workspaces.js';

/** Asks both workspaces the same, and one what only the other knows. Throws if an answer is not as it should be. */
export async function check(members: readonly Member[]): Promise<void> {
  for (const { workspace, person, leave } of members) {
    const { text, sources } = await person.ask(sharedQuestion);
    show(workspace, sharedQuestion, text, sources);
    require(text.includes(leave), `the answer says ${leave}`);
    require(/\[\d+\]/.test(text), 'the answer cites a passage');
  }
  const [owner, neighbour] = members;
  if (owner === undefined || neighbour === undefined) throw new Error('two workspaces are needed');
  const known = await owner.person.ask(foreignQuestion);
  show(owner.workspace, foreignQuestion, known.text, known.sources);
  require(known.isFound && known.text.includes('pressure'), 'its own workspace knows the error');
  const foreign = await neighbour.person.ask(foreignQuestion);
  show(neighbour.workspace, foreignQuestion, foreign.text, foreign.sources);
  require(!foreign.isFound, 'the neighbour finds nothing');
  require(!foreign.sources.some((title) => known.sources.includes(title)), 'nor a document of the other');
}

function show(workspace: string, question: string, text: string, sources: readonly string[]): void {
  console.log(`\n${workspace}: ${question}`);
  console.log(`  ${text}`);
  const [best] = sources;
  if (/\[\d+\]/.test(text) && best !== undefined) console.log(`  [1] ${best}`);
}

function require(isSo: boolean, claim: string): void {
  if (!isSo) throw new Error(`not true: ${claim}`);
  console.log(`  ✓ ${claim}`);
}

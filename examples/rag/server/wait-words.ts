import type { DocumentWait } from '../documents/document-waits.js';

const operators = 'Whoever runs this service has to look after it.';
const byItself = 'It goes on by itself.';

/** Why a document waits, in sentences for its owner. */
export const waitWords: Readonly<Record<DocumentWait['cause'], string>> = {
  Turn: 'It waits for its turn: other documents are before it.',
  NoWorker: `Nothing reads documents at present. ${operators} Then it goes on by itself.`,
  NoTemporal: `What reads documents is away. ${byItself}`,
  WorkspaceAway: `Your workspace is closed for the moment. ${byItself}`,
  WorkspaceMoving: `Your workspace is moving. It goes on by itself in a few minutes.`,
  WorkspaceFull:
    'Your workspace is full. Delete documents, or choose a larger plan; then it goes on by itself.',
  QuotaUsedUp: 'Your plan is used up. It goes on when the next month begins, or with a larger plan.',
  DatabaseAway: `Your database does not answer. ${byItself}`,
  EmbedderBusy: `The model that indexes documents has too much to do. ${byItself}`,
  EmbedderRefused: `The model that indexes documents refuses to work. ${operators} Then it goes on by itself.`,
  EmbedderMissing: `The model that indexes documents is missing. ${operators} Then it goes on by itself.`,
  Defect: `Something is wrong with the program that reads it. ${operators} It is tried again meanwhile.`,
};

/** Of a passage, in tokens of the model. What the model sees has the headings besides, and of all that MiniLM reads 256. */
export const passageSize = { maxTokens: 200, overlapTokens: 30 } as const;

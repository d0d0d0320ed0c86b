import type { Tool } from './tool.js';

/** An environment variable names a tool that cannot be used. */
export class UnfitToolError extends Error {
  override readonly name = 'UnfitToolError';

  constructor(tool: Tool, path: string, flaw: string) {
    super(`${tool.variable} names ${path}, which will not do: ${flaw}. Wanted: ${tool.title}.`);
  }
}

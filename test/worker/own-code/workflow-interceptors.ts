import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Says of every result of the user's workflow that it came by here. */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [
    {
      async execute(input, next) {
        const result = await next(input);
        return typeof result === 'string' ? `${result}, and came by` : result;
      },
    },
  ],
});

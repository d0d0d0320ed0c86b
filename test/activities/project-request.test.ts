import { describe, expect, it } from 'vitest';
import { projectRequest } from '../../activities/neon/project-request.js';
import { planSchema } from '../../tenancy/plan.js';

describe('the create of a project', () => {
  it('leaves to Neon what the plan does not say, for an account may not be allowed our idea of it', () => {
    const request = projectRequest('acme', planSchema.parse({ region: 'aws-us-east-1' }));
    expect(request).not.toHaveProperty('history_retention_seconds');
    expect(request.default_endpoint_settings).toEqual({
      autoscaling_limit_min_cu: 0.25,
      autoscaling_limit_max_cu: 1,
    });
  });

  it('says what the plan says', () => {
    const plan = { region: 'aws-us-east-1', compute: { suspendAfterSeconds: 0 }, historyRetentionSeconds: 0 };
    const request = projectRequest('acme', planSchema.parse(plan));
    expect(request.history_retention_seconds).toBe(0);
    expect(request.default_endpoint_settings.suspend_timeout_seconds).toBe(0);
  });
});

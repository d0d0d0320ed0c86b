import { expect, it } from 'vitest';
import { catalogAbsence } from '../../client/catalog-absence.js';

it('is no wait while the catalog answers', () => {
  expect(catalogAbsence({ silence: undefined })).toBeUndefined();
});

it('says what the catalog’s server did not answer with, of each of its addresses', () => {
  const refused = (port: number) => new Error(`connect ECONNREFUSED 127.0.0.1:${port}`);
  expect(catalogAbsence({ silence: refused(1) })).toEqual({
    reason: 'the catalog does not answer (connect ECONNREFUSED 127.0.0.1:1)',
    type: 'NoCatalog',
    attempts: 0,
  });
  expect(catalogAbsence({ silence: new AggregateError([refused(1), refused(2)]) })?.reason).toMatch(
    /:1; .*:2\)$/,
  );
});

it.each(['42P01', '3F000'])(
  'of a catalog that no worker has made yet says that none has started (%s)',
  (code) => {
    const silence = Object.assign(new Error('relation "tenantry.progress" does not exist'), { code });
    expect(catalogAbsence({ silence })).toMatchObject({
      type: 'NoWorker',
      reason: expect.stringContaining('no worker has started yet'),
    });
  },
);

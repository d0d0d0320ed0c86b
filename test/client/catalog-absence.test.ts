import { expect, it } from 'vitest';
import { catalogAbsence } from '../../client/catalog-absence.js';
import { CatalogNotMigratedError, CatalogUnreachableError } from '../../client/errors.js';

it('is no wait while the catalog answers', () => {
  expect(catalogAbsence({ silence: undefined })).toBeUndefined();
});

it('says why the catalog does not answer, and what to do', () => {
  const silence = new CatalogUnreachableError('cannot reach the catalog (down): start that Postgres');
  expect(catalogAbsence({ silence })).toEqual({
    reason: 'cannot reach the catalog (down): start that Postgres',
    type: 'NoCatalog',
    attempts: 0,
  });
});

it('of a catalog that no worker has made yet says that none has started', () => {
  expect(catalogAbsence({ silence: new CatalogNotMigratedError('no table') })).toMatchObject({
    type: 'NoWorker',
    reason: expect.stringContaining('no worker has started yet'),
  });
});
